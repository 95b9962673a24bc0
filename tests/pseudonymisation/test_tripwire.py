import json
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.specification import ItemType
from portal.tripwire import inspect, inspect_report, is_nhs_number
from tests.pseudonymisation.days import DATA_SET

TABLE = DATA_SET.tables["CYP101Referral"]
COLUMN = "SourceOfReferral"


def hits(values, kind=ItemType.STRING, dtype=pl.String):
    item = replace(TABLE.items[COLUMN], type=kind)
    table = replace(TABLE, items={**TABLE.items, COLUMN: item})
    frame = pl.DataFrame({COLUMN: values}, schema={COLUMN: dtype})
    return [(hit.code, hit.count) for hit in inspect(frame, table)]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("9434765919", "NHS_NUMBER"),
        ("943 476 5919", "NHS_NUMBER"),
        ("943-476-5919", "NHS_NUMBER"),
        ("943 \u2013 476.5919", None),
        ("943\u00a0476\u00a05919", "NHS_NUMBER"),
        ("rang about 943 476 5919 today", "NHS_NUMBER"),
        ("x9434765919y", "NHS_NUMBER"),
        ("9434765918", None),
        ("94347659190", None),
        ("9999999999", None),
        ("B1 1AA", "POSTCODE"),
        ("lives in sw1a 1aa", "POSTCODE"),
        ("SW1A1AA", "POSTCODE"),
        ("ZZ99 3AZ", "POSTCODE"),
        ("ZY1 0AX", "POSTCODE"),
        ("A81001", None),
        ("RX101", None),
        ("A01.1X", None),
        ("ann@example.org", "EMAIL"),
        ("ann at example", None),
        ("0116 496 0000", "TELEPHONE"),
        ("07700900123", "TELEPHONE"),
        ("+44 7700 900123", "TELEPHONE"),
        ("(0116) 4960000", "TELEPHONE"),
        ("2024-03-05T10:00:00", None),
        ("E06999001", None),
        ("90_Plus", None),
        ("", None),
        (None, None),
    ],
)
def test_what_looks_like_an_identifier_is_found(value, code):
    assert hits([value, "01"]) == ([(code, 1)] if code else [])


def test_every_cell_is_counted():
    assert hits(["9434765919"] * 7 + ["9434765918"] * 3) == [("NHS_NUMBER", 7)]


def test_a_number_column_is_searched_too():
    table = DATA_SET.tables["CYP201CareContact"]
    frame = pl.DataFrame({"CareContact_Duration": [9434765919, 30, None]})

    assert [hit.code for hit in inspect(frame, table)] == ["NHS_NUMBER"]


def test_a_concept_identifier_is_not_taken_for_an_nhs_number():
    concept = next(
        str(number)
        for number in range(1_000_000_000, 1_000_100_000)
        if str(number)[-3:-1] == "00" and is_nhs_number(str(number))
    )

    assert hits([concept], ItemType.SNOMED) == []
    assert hits([concept]) == [("NHS_NUMBER", 1)]
    assert hits(["9434765919"], ItemType.SNOMED) == [("NHS_NUMBER", 1)]


def test_a_site_code_is_not_taken_for_a_postcode():
    assert hits(["R1D2AB", "N1A2BC", "B1 1AA"], ItemType.SITE_CODE) == [("POSTCODE", 1)]


@given(st.integers(0, 10**9 - 1), st.sampled_from(["", " ", "-", "  "]), st.text(max_size=5))
def test_every_possible_nhs_number_is_found(nine, gap, around):
    first = f"{nine:09}"
    for check in "0123456789":
        digits = first + check
        if is_nhs_number(digits):
            text = f"{around} {digits[:3]}{gap}{digits[3:6]}{gap}{digits[6:]} {around}"
            assert ("NHS_NUMBER", 1) in hits([text])


def test_a_report_is_searched_everywhere():
    planted = {"rules": [{"examples": [{"line": 3, "value": "943 476 5919"}]}]}

    assert [hit.code for hit in inspect_report(json.dumps(planted).encode())] == ["NHS_NUMBER"]
    assert [hit.code for hit in inspect_report(b'{"9434765919": 1}')] == ["NHS_NUMBER"]
    assert [hit.code for hit in inspect_report(b"[9434765919]")] == ["NHS_NUMBER"]


def test_shapes_and_digests_in_a_report_are_no_identifiers():
    innocent = ["999 999 9999", "AA9 9AA", "a9434765919b" * 5, "aaa@aaa.aaa"]

    assert list(inspect_report(json.dumps(innocent).encode())) == []
