import polars as pl
import pytest

from portal.specification import ItemType, load_data_set
from submissions.rules.codes import nhs_number_holds, snomed_holds
from submissions.values import read_date, read_moment, read_time, typed_columns, typed_name

DATA_SET = load_data_set("community_pilot", "2.0")


def answer(expression, *texts):
    return pl.DataFrame({"x": texts}, schema={"x": pl.String}).select(expression).to_series()


@pytest.mark.parametrize(
    "text",
    [
        "2024-1-5",
        " 2024-01-05",
        "+2024-01-05",
        "24-01-05",
        "2024/01/05",
        "2024-02-30",
        "2023-02-29",
        "2024-13-01",
        "2024-01-05T00:00:00",
        "05/01/2024",
        "1849-12-31",
        "epoch",
        "\uff12\uff10\uff12\uff14-01-05",
        "",
    ],
)
def test_only_a_date_in_the_one_form_is_a_date(text):
    assert answer(read_date(pl.col("x")), text).to_list() == [None]


@pytest.mark.parametrize("text", ["2024-02-29", "1850-01-01", "2100-12-31"])
def test_a_date_is_read_as_that_day(text):
    assert answer(read_date(pl.col("x")), text).cast(pl.String).to_list() == [text]


@pytest.mark.parametrize("text", ["24:00:00", "9:00:00", "09:00", "09:60:00", "09:00:00Z"])
def test_only_a_time_in_the_one_form_is_a_time(text):
    assert answer(read_time(pl.col("x")), text).to_list() == [None]


@pytest.mark.parametrize(
    "text", ["2024-01-01 09:00:00", "2024-01-01T09:00", "2024-01-01T09:00:00Z"]
)
def test_only_a_moment_in_the_one_form_is_a_moment(text):
    assert answer(read_moment(pl.col("x")), text).to_list() == [None]


def test_a_moment_is_read_to_the_second():
    (read,) = answer(read_moment(pl.col("x")), "2024-03-31T01:30:59").to_list()

    assert read.isoformat() == "2024-03-31T01:30:59"


@pytest.mark.parametrize("text", ["+5", "-5", " 5", "5 ", "5.0", "1e3", "0x5", "99999", "\u0665"])
def test_only_digits_are_a_number(text):
    table = DATA_SET.tables["CYP201CareContact"]
    (item,) = table.items_of(ItemType.INTEGER)
    frame = pl.DataFrame({name: [text if name == item.name else None] for name in table.items})
    frame = frame.cast(pl.String)

    read = frame.with_columns(typed_columns(table, DATA_SET))[typed_name(item.name)]

    assert read.to_list() == [None]


@pytest.mark.parametrize(
    ("number", "holds"),
    [
        (9434765919, True),
        (9434765918, False),
        (1000000001, False),
        (0, False),
        (5555555555, False),
        (None, None),
    ],
)
def test_an_nhs_number_has_the_right_check_digit_and_belongs_to_somebody(number, holds):
    frame = pl.DataFrame({"x": [number]}, schema={"x": pl.UInt64})

    assert frame.select(nhs_number_holds(pl.col("x"))).item() is holds


@pytest.mark.parametrize(
    ("number", "holds"),
    [(718583008, True), (718583009, False), (22298006, True), (22289006, False), (None, None)],
)
def test_a_snomed_identifier_has_the_right_check_digit(number, holds):
    frame = pl.DataFrame({"x": [number, 718583008]}, schema={"x": pl.UInt64})

    assert frame.select(snomed_holds(pl.col("x")))[0, 0] is holds
