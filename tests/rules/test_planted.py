"""Faults planted by the specification's synthesis, expected by a reading of its own."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from portal.specification import load_data_set
from portal.specification.reference import assessments, organisations, postcodes
from portal.specification.synthesis.day import Wanted
from portal.specification.synthesis.files import synthesise_files
from submissions.sources import from_path
from submissions.validation import Context, judge

DAYS = {"1.0": date(2024, 1, 16), "2.0": date(2024, 4, 16)}


def _day(text):
    return date.fromisoformat(text) if text else None


def context_of(day):
    """What the portal knows, with the made-up reference data loaded."""
    known = {row["code"]: (_day(row["open_from"]), _day(row["open_to"])) for row in organisations()}
    return Context(
        provider="Z9A",
        authorised_providers=frozenset({"Z9A"}),
        submitter="Z9A",
        received_at=datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1, hours=4),
        organisations=known,
        sites=known,
        postcodes=frozenset(row["postcode"] for row in postcodes()),
        assessments=frozenset(row["code"] for row in assessments()),
        production=False,
    )


def judged(version, patients, seed, errors, folder):
    """The verdict on a made-up day, and its files."""
    data_set = load_data_set("community_pilot", version)
    synthesise_files(data_set, Wanted("Z9A", DAYS[version], patients, seed), errors, folder)
    sources = {name: from_path(folder / f"{name}.csv") for name in data_set.tables}
    sent = {name: source for name, source in sources.items() if (folder / source.name).exists()}
    (folder / "findings").mkdir()
    return judge(
        sent, data_set, context_of(DAYS[version]), findings=folder / "findings", limit=10**6
    )


def found(verdict):
    """Every finding, as (table, line, item, rule)."""
    return Counter(
        (table, row["line"], row["item"], row["rule"])
        for table, path in verdict.findings.items()
        for row in pl.read_parquet(path).iter_rows(named=True)
    )


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("version", DAYS)
def test_every_planted_fault_is_found_at_its_line_and_item_and_nothing_else_is(
    version, seed, tmp_path
):
    verdict = judged(version, 1_200, seed, 0.3, tmp_path)

    with (tmp_path / "planted.csv").open() as lines:
        planted = Counter(
            (row["table"], int(row["line"]), row["item"], row["code"])
            for row in csv.DictReader(lines)
            if not row["cascade_of"]
        )
    assert found(verdict) == planted


@pytest.mark.parametrize("version", DAYS)
def test_a_right_day_is_accepted_without_a_finding(version, tmp_path):
    verdict = judged(version, 400, 3, 0.0, tmp_path)

    assert verdict.outcome == "accepted"
    assert verdict.counts.height == 0


@pytest.mark.parametrize("version", DAYS)
def test_every_record_that_depends_on_a_rejected_one_is_told_under_its_root(version, tmp_path):
    verdict = judged(version, 1_200, 4, 0.3, tmp_path)

    with (tmp_path / "planted.csv").open() as lines:
        planted = Counter(
            (row["table"], row["cascade_of"]) for row in csv.DictReader(lines) if row["cascade_of"]
        )
    told = Counter()
    for rule in verdict.report.rules:
        for cascade in rule.cascaded:
            told[cascade.table, rule.code] += cascade.count
    assert told == planted
