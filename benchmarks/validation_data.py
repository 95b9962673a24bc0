"""Make the files of the validation benchmark: contacts with their parents, two in a hundred wrong.

`python benchmarks/validation_data.py FOLDER CONTACTS [all-wrong]`. Same numbers, same bytes.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from portal.specification import DataSet, ItemType, Table, load_data_set

PROVIDER, COMMISSIONER, PRACTICE, SITE = "Z9A", "Z9Q", "Z99001", "Z9A01"
PERIOD = date(2024, 4, 15)
PERSONS_IN_A_HUNDRED, REFERRALS_IN_A_HUNDRED, FAULTS_IN_A_THOUSAND = 6, 8, 20
SEED = 20240415
WEIGHTS = range(10, 1, -1)
FAULTY_ITEMS = 12

Chance = np.random.Generator


def nhs_numbers(count: int) -> list[str]:
    """As many numbers with a right check digit, in the range for made-up people."""
    found: list[str] = []
    number = 900_000_001
    while len(found) < count:
        batch = np.arange(number, number + 2 * count)
        digits = [(batch // 10**place) % 10 for place in range(8, -1, -1)]
        check = (11 - sum(d * w for d, w in zip(digits, WEIGHTS, strict=True)) % 11) % 11
        good = check < 10
        found += [f"{n}{c}" for n, c in zip(batch[good], check[good], strict=True)]
        number += 2 * count
    return found[:count]


def names(prefix: str, count: int) -> pl.Series:
    """Distinct identifiers."""
    return pl.select(pl.format(prefix + "{}", pl.int_range(10**9, 10**9 + count))).to_series()


def days(chance: Chance, count: int, first: date, last: date) -> pl.Series:
    """Days between two days, as text."""
    span = (last - first).days
    steps = chance.integers(0, span + 1, count)
    known = pl.Series([(first + timedelta(days=n)).isoformat() for n in range(span + 1)])
    return known.gather(steps)


def codes(chance: Chance, table: Table, item: str, data_set: DataSet, count: int) -> pl.Series:
    """Current codes of an item's value set."""
    known = data_set.value_sets[table.items[item].value_set or ""].codes.values()
    usable = pl.Series([code.code for code in known if code.retired is None])
    return usable.gather(chance.integers(0, len(usable), count))


def header(data_set: DataSet) -> pl.DataFrame:
    """The one record that says whose files these are."""
    values = [data_set.version, PROVIDER, PROVIDER, str(PERIOD), str(PERIOD)]
    row = [*values, f"{PERIOD + timedelta(days=1)}T02:00:00", "Benchmark"]
    return pl.DataFrame(
        {name: [text] for name, text in zip(data_set.header.items, row, strict=True)}
    )


def filled(
    table: Table, data_set: DataSet, chance: Chance, count: int, given: dict[str, pl.Series | str]
) -> pl.DataFrame:
    """A table whose items are as given, or drawn from their value sets, or blank."""
    columns: dict[str, pl.Series] = {}
    for name, item in table.items.items():
        if name in given:
            value = given[name]
            full = pl.Series([value]).new_from_index(0, count) if isinstance(value, str) else value
            columns[name] = full
        elif item.value_set and item.type is ItemType.CODE:
            columns[name] = codes(chance, table, name, data_set, count)
        else:
            columns[name] = pl.Series([None], dtype=pl.String).new_from_index(0, count)
    return pl.DataFrame(columns)


def people(data_set: DataSet, chance: Chance, count: int) -> dict[str, pl.DataFrame]:
    """The person table and the practice table."""
    local = names("P", count)
    persons = filled(
        data_set.tables["CYP001MPI"],
        data_set,
        chance,
        count,
        {
            "LocalPatientID": local,
            "OrgID_LocalPatientID": PROVIDER,
            "NHSNumber": pl.Series(nhs_numbers(count)),
            "NHSNumber_Status": "01",
            "DateOfBirth": days(chance, count, date(1930, 1, 1), date(2010, 1, 1)),
            "Postcode": "ZZ99 3AA",
            "EthnicCategory": "A",
        },
    )
    practices = filled(
        data_set.tables["CYP002GP"],
        data_set,
        chance,
        count,
        {"LocalPatientID": local, "OrgID_GP": PRACTICE, "GPRegistration_StartDate": "2015-01-01"},
    )
    return {"CYP001MPI": persons, "CYP002GP": practices}


def referrals(
    data_set: DataSet, chance: Chance, count: int, persons: pl.Series
) -> dict[str, pl.DataFrame]:
    """The referral table and the table of services referred to."""
    request = names("R", count)
    referral = filled(
        data_set.tables["CYP101Referral"],
        data_set,
        chance,
        count,
        {
            "ServiceRequestID": request,
            "OrgID_Commissioner": COMMISSIONER,
            "LocalPatientID": persons.gather(chance.integers(0, len(persons), count)),
            "ReferralRequest_ReceivedDate": days(chance, count, date(2023, 1, 1), date(2024, 4, 1)),
            "OrgID_Referring": PRACTICE,
        },
    )
    service = filled(
        data_set.tables["CYP102ServiceTypeReferredTo"],
        data_set,
        chance,
        count,
        {
            "ServiceRequestID": request,
            "TeamID_Local": "T1",
            "TeamType": "12",
            "SitRep_ServiceLine": "A04",
            "Referral_ClosureReason": _blank(count),
            "Referral_RejectionReason": _blank(count),
        },
    )
    return {"CYP101Referral": referral, "CYP102ServiceTypeReferredTo": service}


def _blank(count: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, count)


def contacts(data_set: DataSet, chance: Chance, count: int, requests: pl.Series) -> pl.DataFrame:
    """The contact table, every record right."""
    clock = pl.Series(
        [f"{hour:02}:{minute:02}:00" for hour in range(8, 18) for minute in range(60)]
    )
    offered = days(chance, count, date(2024, 4, 1), date(2024, 4, 10))
    return filled(
        data_set.tables["CYP201CareContact"],
        data_set,
        chance,
        count,
        {
            "CareContactID": names("C", count),
            "ServiceRequestID": requests.gather(chance.integers(0, len(requests), count)),
            "TeamID_Local": "T1",
            "Contact_Date": str(PERIOD),
            "Contact_Time": clock.gather(chance.integers(0, len(clock), count)),
            "OrgID_Commissioner": COMMISSIONER,
            "Treatment_OrgSiteID": SITE,
            "CareContact_Duration": pl.Series(chance.integers(5, 120, count)).cast(pl.String),
            "AttendanceStatus": "5",
            "ReasonableOffer_Date": offered,
            "ClinicallyAppropriate_Date": offered,
            "ReplacementAppointment_OfferedDate": offered,
            "ReplacementAppointment_BookedDate": str(PERIOD),
            "Contact_CancellationReason": _blank(count),
        },
    )


FAULTS = (
    ("CareContactID", None),
    ("CareContactID", "C1000000000"),
    ("ServiceRequestID", "R9"),
    ("Contact_Date", "15/04/2024"),
    ("Contact_Date", "2024-05-01"),
    ("Contact_Time", "24:00:00"),
    ("OrgID_Commissioner", "z9"),
    ("CareContact_Duration", "12a"),
    ("CareContact_Duration", "1500"),
    ("Consultation_Type", "99"),
    ("ConsMechanism", "Q1"),
    ("AttendanceStatus", "9"),
    ("Contact_CancellationDate", "2024-04-14"),
    ("ReplacementAppointment_BookedDate", "2024-03-01"),
    ("TeamID_Local", "T7"),
    ("ReasonableOffer_Date", "2024-02-30"),
)


def spoilt(frame: pl.DataFrame, chance: Chance, *, every: bool) -> pl.DataFrame:
    """The table with faults: one in each faulty record, or many in every record."""
    if every:
        wrong = {item: text for item, text in FAULTS if item != "CareContactID"}
        return frame.with_columns(pl.lit(text).alias(item) for item, text in wrong.items())
    kind = pl.Series(
        np.where(
            chance.random(frame.height) * 1000 < FAULTS_IN_A_THOUSAND,
            chance.integers(0, len(FAULTS), frame.height),
            -1,
        )
    )
    columns: dict[str, pl.Expr] = {}
    for number, (item, text) in enumerate(FAULTS):
        before = columns.get(item, pl.col(item))
        columns[item] = pl.when(kind == number).then(pl.lit(text)).otherwise(before)
    return frame.with_columns(**columns)


def make(folder: Path, count: int, *, every: bool = False) -> None:
    """Write all files of the benchmark."""
    data_set = load_data_set("community_pilot", "2.0")
    chance = np.random.default_rng(SEED)
    made = people(data_set, chance, max(10, count * PERSONS_IN_A_HUNDRED // 100))
    local = made["CYP001MPI"]["LocalPatientID"]
    made |= referrals(data_set, chance, max(10, count * REFERRALS_IN_A_HUNDRED // 100), local)
    made[data_set.header.name] = header(data_set)
    right = contacts(data_set, chance, count, made["CYP101Referral"]["ServiceRequestID"])
    made["CYP201CareContact"] = spoilt(right, chance, every=every)
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in made.items():
        frame.write_csv(folder / f"{name}.csv")


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), every=sys.argv[3:] == ["all-wrong"])
