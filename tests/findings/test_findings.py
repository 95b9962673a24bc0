import csv
import io
import json
import re
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.quality_reports import QualityReport
from submissions.findings import shape, shape_of
from submissions.sources import from_bytes
from submissions.validation import judge
from tests.rules.making import (
    CONTACT,
    CONTEXT,
    DATA_SET,
    HEADER,
    PERSON,
    PRACTICE,
    REFERRAL,
    RIGHT,
    SERVICE,
    found,
    judged,
    sources_of,
    spoilt,
)

SECRET = "9434765918"


def result(verdict, code):
    return next(rule for rule in verdict.report.rules if rule.code == code)


def test_every_layer_is_reported_in_one_pass():
    rows = spoilt(
        (PERSON, 0, "NHSNumber", SECRET),
        (CONTACT, 1, "Contact_Date", "15/04/2024"),
        (CONTACT, 1, "AttendanceStatus", "9"),
        (CONTACT, 1, "CareContact_Duration", "2000"),
    )

    codes = {each[0] for each in found(judged(rows))}

    assert codes == {
        "CP00105",
        "CYP201-Contact_Date-F",
        "CYP201-AttendanceStatus-V",
        "CP20111",
    }


def test_what_a_bad_value_kept_from_being_asked_is_told():
    verdict = judged(spoilt((CONTACT, 1, "Contact_Date", "15/04/2024")))

    idle = [each for each in verdict.report.not_checked if each.rule == "CP20104"]

    assert [(each.item, each.records) for each in idle] == [("Contact_Date", 1)]


def test_a_rejected_parent_is_the_root_of_what_falls_with_it():
    verdict = judged(spoilt((PERSON, 0, "NHSNumber", SECRET)))

    root = result(verdict, "CP00105")
    fallen = {cascade.table: cascade.count for cascade in root.cascaded}

    assert fallen[PRACTICE] == fallen[REFERRAL] == fallen[SERVICE] == fallen[CONTACT] == 1
    assert verdict.tables[CONTACT].cascaded == 1
    assert verdict.accepted[CONTACT].tolist() == [False, True]
    assert [rule.code for rule in verdict.report.rules] == ["CP00105"]


def test_a_record_is_counted_once_however_often_it_is_wrong():
    rows = spoilt(
        (CONTACT, 0, "Contact_Date", "15/04/2024"), (CONTACT, 0, "CareContact_Duration", "x")
    )

    counts = judged(rows).tables[CONTACT]

    assert (counts.received, counts.accepted, counts.rejected) == (2, 1, 1)


def test_no_identifiable_value_is_anywhere_in_verdict_report_or_findings(tmp_path):
    rows = spoilt(
        (PERSON, 0, "NHSNumber", SECRET),
        (PERSON, 0, "Postcode", "AB1 2C!"),
        (PERSON, 0, "LocalPatientID", "SMITH JOHN 1960-02-29 OF DURHAM"),
        (CONTACT, 0, "CareContact_Duration", SECRET),
    )

    verdict = judged(rows, findings=tmp_path)
    said = verdict.report.to_json() + repr(verdict.counts.rows())
    said += "".join(str(pl.read_parquet(path).rows()) for path in verdict.findings.values())

    for secret in (SECRET, "AB1 2C", "SMITH", "DURHAM"):
        assert secret not in said
    assert "9999999999" in said


def test_a_bad_value_of_a_kept_item_is_shown_and_the_commonest_is_named():
    rows = spoilt(*((CONTACT, row, "AttendanceStatus", "9") for row in (0, 1)))

    broken = result(judged(rows), "CYP201-AttendanceStatus-V")

    assert [example.value for example in broken.examples] == ["9", "9"]
    assert [(each.value, each.count) for each in broken.commonest] == [("9", 2)]


@pytest.mark.parametrize(
    ("text", "looks"),
    [("943 476 5919", "999 999 9999"), ("Smith-é", "Aaaaa-a"), ("x" * 50, "a" * 40 + "…")],
)
def test_a_shape_shows_the_form_and_not_the_value(text, looks):
    assert shape(text) == looks


def many(count, **wrong):
    """A contact file of many records, each wrong in the same way."""
    row = {**RIGHT[CONTACT][0], **wrong}
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, row, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "CareContactID": f"C{number}"} for number in range(count))
    return {
        **sources_of(spoilt(without=(CONTACT,))),
        CONTACT: from_bytes(f"{CONTACT}.csv", text.getvalue().encode()),
    }


def test_counts_are_exact_and_examples_are_bounded(tmp_path):
    verdict = judge(
        many(3_000, Contact_Date="2024-13-01"), DATA_SET, CONTEXT, findings=tmp_path, limit=50
    )

    broken = result(verdict, "CYP201-Contact_Date-F")
    shown = pl.read_parquet(verdict.findings[CONTACT]).filter(rule="CYP201-Contact_Date-F")
    assert broken.count == 3_000
    assert shown["line"].to_list() == list(range(2, 52))
    assert shown["record"].to_list() == list(range(1, 51))


def test_lines_stay_right_behind_values_that_run_over_lines():
    text = sources_of(RIGHT)[PERSON].open().read().decode()
    heading, first, second = text.splitlines()
    broken = second.replace("9434765870", "9434765871")
    data = f'{heading}\n"P1\n\n"{first[2:]}\n{broken}\n'

    sources = {**sources_of(RIGHT), PERSON: from_bytes(f"{PERSON}.csv", data.encode())}
    verdict = judge(sources, DATA_SET, CONTEXT)

    assert ("CP00105", PERSON, "NHSNumber", 5) in found(verdict)


def test_a_file_that_cannot_be_read_rejects_and_the_others_are_still_judged():
    sources = sources_of(spoilt((PERSON, 0, "NHSNumber", SECRET)))
    sources[CONTACT] = from_bytes(f"{CONTACT}.csv", sources[CONTACT].open().read() + b"1,2\n")

    verdict = judge(sources, DATA_SET, CONTEXT)

    assert verdict.outcome == "rejected"
    assert [fault.line for fault in verdict.report.faults] == [4]
    assert "CP00105" in {rule.code for rule in verdict.report.rules}
    assert ("*", CONTACT) in {(each.rule, each.table) for each in verdict.report.not_checked}


def test_a_report_survives_its_json():
    report = judged(spoilt((PERSON, 0, "NHSNumber", SECRET))).report

    assert QualityReport.from_json(report.to_json()) == report


@pytest.mark.parametrize("text", ["[]", "{}", "null", '{"provider": 1}'])
def test_what_is_not_a_report_is_refused(text):
    with pytest.raises((ValueError, TypeError)):
        QualityReport.from_json(text)


def test_the_difference_from_the_submission_before_is_told():
    before = judged(
        spoilt((PERSON, 0, "NHSNumber", SECRET), (CONTACT, 0, "AttendanceStatus", "9"))
    ).report
    rows = spoilt((CONTACT, 0, "AttendanceStatus", "9"), (CONTACT, 1, "ConsMechanism", "Q1"))

    told = judged(rows, replace(CONTEXT, previous=before)).report.difference

    assert [change.rule for change in told.fixed] == ["CP00105"]
    assert [change.rule for change in told.still] == ["CYP201-AttendanceStatus-V"]
    assert [change.rule for change in told.new] == ["CYP201-ConsMechanism-V"]


def test_a_report_is_plain_json():
    told = json.loads(judged(RIGHT).report.to_json())

    assert told["outcome"] == "accepted"
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", told["period_start"])


@given(st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cs"]), max_size=50))
def test_a_shape_is_the_same_in_the_report_and_in_the_file(text):
    column = pl.select(shape_of(pl.lit(text))).item()

    assert re.sub("[aA]", "?", column) == re.sub("[aA]", "?", shape(text))
    assert column == shape(text) or not text.isascii()


@pytest.mark.parametrize("table", sorted(RIGHT.keys() - {HEADER}))
def test_a_table_that_cannot_be_read_stops_no_other(table):
    files = sources_of(RIGHT)
    broken = {**files, table: from_bytes(f"{table}.csv", b'"')}
    without = {name: each for name, each in files.items() if name != table}

    for sources in (broken, without):
        verdict = judge(sources, DATA_SET, CONTEXT)
        assert verdict.tables.keys() == files.keys() - {table}

    idle = judge(broken, DATA_SET, CONTEXT).report.not_checked
    assert any(each.table == table and "could not be read" in each.because for each in idle)
