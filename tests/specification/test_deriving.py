import polars as pl
import pytest

from portal.specification import OfHeader, OfParent, OfRow, load_data_set
from portal.specification.deriving import (
    derived_expression,
    nhs_number_is_valid,
    years_between,
)


def derive(table_name, name, version="2.0", **texts):
    data_set = load_data_set("community_pilot", version)
    table = data_set.tables[table_name]

    def text_of(operand):
        assert isinstance(operand, OfRow | OfHeader | OfParent)
        return pl.col(operand.item)

    columns = {name: [text] for name, text in texts.items()}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return frame.select(derived_expression(table.derived[name], table, data_set, text_of)).item()


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("9000000009", False),
        ("9434765919", True),
        ("9434765918", False),
        ("943476591", False),
        ("ABCDEFGHIJ", False),
        ("1111111111", False),
        (None, False),
    ],
)
def test_an_nhs_number_has_a_check_digit(number, valid):
    frame = pl.DataFrame({"number": [number]}, schema={"number": pl.String})

    assert frame.select(nhs_number_is_valid(pl.col("number"))).item() is valid


@pytest.mark.parametrize(
    ("born", "contact", "band", "group"),
    [
        ("2000-02-29", "2024-02-28", "20-29", "19-64"),
        ("2004-02-29", "2023-02-28", "10-19", "0-18"),
        ("2004-02-29", "2023-03-01", "10-19", "19-64"),
        ("1934-03-05", "2024-03-05", "90_Plus", "65_Plus"),
        ("1934-03-06", "2024-03-05", "80-89", "65_Plus"),
        ("1890-01-01", "2024-03-05", None, None),
        (None, "2024-03-05", None, None),
    ],
)
def test_an_age_is_told_by_birthdays(born, contact, band, group):
    texts = {"DateOfBirth": born, "Contact_Date": contact}

    assert derive("CYP201CareContact", "AgeBand_Contact_Date", **texts) == band
    assert derive("CYP201CareContact", "AgeGroup_Contact_Date", **texts) == group


@pytest.mark.parametrize(
    ("start", "end", "minutes", "overnight"),
    [
        ("2024-03-04 19:30:00", "2024-03-04 21:00:00", 90, 60),
        ("2024-03-04 19:30:00", "2024-03-05 08:30:00", 780, 720),
        ("2024-03-04 09:00:00", "2024-03-04 10:59:59", 119, 0),
        ("2024-03-04 21:00:00", "2024-03-04 22:00:00", 60, 60),
    ],
)
def test_a_wait_is_counted_in_minutes(start, end, minutes, overnight):
    texts = dict(
        zip(
            ("RTT_StartDate", "RTT_StartTime", "RTT_EndDate", "RTT_EndTime"),
            [*start.split(), *end.split()],
            strict=True,
        )
    )

    assert derive("CYP104RTT", "WaitingTime_Minutes", **texts) == minutes
    assert derive("CYP104RTT", "WaitingTime_Overnight", **texts) == overnight


@pytest.mark.parametrize(
    ("kind", "end", "met"),
    [
        ("05", "11:00:00", "Y"),
        ("05", "11:01:00", "N"),
        ("06", "12:00:00", "Y"),
        ("01", "10:00:00", None),
        ("05", None, None),
    ],
)
def test_a_response_standard_is_met_in_time(kind, end, met):
    texts = {
        "WaitingTime_MeasurementType": kind,
        "RTT_StartDate": "2024-03-04",
        "RTT_StartTime": "09:00:00",
        "RTT_EndDate": "2024-03-04",
        "RTT_EndTime": end,
    }

    assert derive("CYP104RTT", "ResponseStandard_Met", **texts) == met


@pytest.mark.parametrize(
    ("born", "team", "line"),
    [("1950-01-01", "12", "A04"), ("2015-01-01", "12", "C04"), ("2015-01-01", "07", None)],
)
def test_version_one_tells_the_service_line_by_team_and_age(born, team, line):
    texts = {"DateOfBirth": born, "TeamType": team, "RP_EndDate": "2024-01-05"}
    table = "CYP102ServiceTypeReferredTo"

    assert derive(table, "SitRep_ServiceLine", version="1.0", **texts) == line


@pytest.mark.parametrize(
    ("born", "at", "years"),
    [
        ("2000-12-31", "2024-03-01", 23),
        ("2000-03-01", "2024-02-01", 23),
        ("2000-02-29", "2023-03-01", 23),
        ("2000-02-29", "2023-02-28", 22),
        ("2000-11-30", "2023-11-30", 23),
        ("2024-03-06", "2024-03-05", -1),
    ],
)
def test_years_are_counted_in_every_month(born, at, years):
    frame = pl.DataFrame({"born": [born], "at": [at]}).with_columns(pl.all().str.to_date())

    assert frame.select(years_between(pl.col("born"), pl.col("at"))).item() == years
