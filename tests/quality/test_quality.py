from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from submissions.automatic import ItemCount
from submissions.file_rules import CHECKS
from submissions.quality import coverage, item_score, provider_score, timeliness_hours
from tests.rules.making import (
    CONTACT,
    CONTEXT,
    DATA_SET,
    DISCHARGE,
    HEADER,
    PERSON,
    PRACTICE,
    RIGHT,
    WAITING,
    judged,
    spoilt,
)


def quality_of(verdict, table, item):
    return next(each for each in verdict.report.items if (each.table, each.item) == (table, item))


def vodim(verdict, table, item):
    each = quality_of(verdict, table, item)
    return each.valid, each.other, each.default, each.invalid, each.missing


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2", (2, 0, 0, 0, 0)),
        ("9", (1, 0, 0, 1, 0)),
        ("22", (1, 0, 0, 1, 0)),
        (None, (1, 0, 0, 0, 1)),
    ],
)
def test_a_value_is_valid_invalid_or_missing(value, expected):
    verdict = judged(spoilt((CONTACT, 0, "AttendanceStatus", value)))

    assert vodim(verdict, CONTACT, "AttendanceStatus") == expected


def test_default_and_other_values_are_counted_apart():
    rows = spoilt((PERSON, 0, "Gender", "X"), (PERSON, 1, "Gender", "1"))
    rows[PERSON][0]["Postcode"] = "ZZ99 3AA"
    rows[CONTACT][0]["Activity_LocationType"] = "E99"

    verdict = judged(rows)

    assert vodim(verdict, PERSON, "Postcode") == (0, 0, 1, 0, 1)
    assert vodim(verdict, CONTACT, "Activity_LocationType") == (0, 1, 0, 0, 1)


def test_a_wrong_check_digit_is_invalid():
    verdict = judged(spoilt((PERSON, 0, "NHSNumber", "9434765918")))

    assert vodim(verdict, PERSON, "NHSNumber") == (1, 0, 0, 1, 0)


@pytest.mark.parametrize(
    ("count", "threshold", "score"),
    [
        (ItemCount(records=100), 2, 100),
        (ItemCount(records=100, blank=10), 2, 90),
        (ItemCount(records=100, invalid=5, blank=10), 2, 85),
        (ItemCount(records=100, default=2), 2, 100),
        (ItemCount(records=100, default=12), 2, 90),
        (ItemCount(records=100, default=12), 0, 88),
    ],
)
def test_default_values_count_only_in_excess_of_the_threshold(count, threshold, score):
    assert item_score(count, threshold) == score


def test_the_score_of_a_provider_is_the_mean_of_its_items_times_coverage():
    items = [each for each in judged(RIGHT).report.items if each.scored]
    mean = sum(each.score for each in items) / len(items)

    assert provider_score(items, None) == round(mean, 1)
    assert provider_score(items, 0.5) == round(mean / 2, 1)


@pytest.mark.parametrize(
    ("accepted", "expected", "part"), [(None, 10, None), (5, 10, 0.5), (11, 10, 1.0), (1, 0, None)]
)
def test_coverage_is_the_part_of_the_periods_that_were_accepted(accepted, expected, part):
    assert coverage(accepted, expected) == part


def test_timeliness_counts_from_midnight_after_the_period_on_english_clocks():
    summer = replace(CONTEXT, received_at=datetime(2024, 4, 16, 5, 30, tzinfo=UTC))

    assert timeliness_hours(date(2024, 4, 15), summer.received_locally) == 6.5


def test_an_aggregate_that_agrees_is_reconciled():
    report = judged(RIGHT).report

    assert {(each.rule, each.within) for each in report.reconciliation} == {("CP80107", True)}
    assert len(report.reconciliation) == len(RIGHT[WAITING])


def test_an_aggregate_without_its_records_is_not_checked():
    rows = {HEADER: RIGHT[HEADER], WAITING: RIGHT[WAITING]}

    report = judged(rows).report

    assert "CP80107" in {each.rule for each in report.not_checked}
    assert report.outcome == "accepted"


def test_a_submission_without_persons_is_rejected_unless_it_is_of_aggregates_only():
    rows = spoilt(without=(PERSON, PRACTICE))

    codes = {rule.code for rule in judged(rows).report.rules if rule.severity == "reject_file"}

    assert {"CPREJ003", "CPREJ004"} <= codes


def test_more_than_half_of_the_persons_rejected_rejects_the_submission():
    half = spoilt((PERSON, 0, "NHSNumber", "9434765918"))
    all_of_them = spoilt(*((PERSON, row, "DateOfBirth", "x") for row in (0, 1)))

    assert judged(half).outcome == "accepted_with_rejections"
    assert "CPREJ012" in {rule.code for rule in judged(all_of_them).report.rules}


def test_a_submission_with_no_date_in_its_period_is_rejected():
    rows = spoilt(
        (HEADER, 0, "RP_StartDate", "2024-04-14"), (HEADER, 0, "RP_EndDate", "2024-04-14")
    )

    assert "CPREJ009" in {rule.code for rule in judged(rows).report.rules}


def test_every_file_rule_is_one_that_is_asked_here_or_at_the_door():
    elsewhere = {"duplicate_package", "malware"}

    assert {rule.check for rule in DATA_SET.file_rules} == CHECKS.keys() | elsewhere


def test_a_header_alone_says_nothing_about_discharges():
    assert DISCHARGE not in judged(RIGHT).tables
