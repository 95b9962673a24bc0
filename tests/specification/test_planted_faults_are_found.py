"""Two readings of the specification, written apart, must agree: the engine and the planting."""

import csv
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest

from portal.specification import load_data_set
from portal.specification.reference import organisations, postcodes
from portal.specification.synthesis.day import Wanted
from portal.specification.synthesis.files import synthesise_files
from submissions.sources import from_path
from submissions.validation import Context, judge

OPEN = {row["code"]: (date.fromisoformat(row["open_from"]), None) for row in organisations()}
SITES = {row["code"] for row in organisations() if row["kind"] == "site"}


def judged(folder, wanted, version, errors):
    data_set = load_data_set("community_pilot", version)
    synthesise_files(data_set, wanted, errors, folder)
    sources = {
        table.name: from_path(folder / table.file_name)
        for table in data_set.order
        if (folder / table.file_name).exists()
    }
    context = Context(
        provider=wanted.provider,
        authorised_providers=frozenset({wanted.provider}),
        submitter=wanted.provider,
        received_at=datetime.combine(wanted.day + timedelta(days=2), time(12), UTC),
        organisations=OPEN,
        sites={code: OPEN[code] for code in SITES},
        postcodes=frozenset(row["postcode"] for row in postcodes()),
        production=False,
    )
    findings = folder / "findings"
    findings.mkdir()
    return judge(sources, data_set, context, findings=findings, limit=100_000)


@pytest.mark.parametrize(
    ("version", "provider", "day", "seed"),
    [
        ("1.0", "Z9A", date(2023, 10, 1), 1),
        ("1.0", "Z9B", date(2024, 1, 10), 2),
        ("2.0", "Z9C", date(2024, 3, 2), 3),
        ("2.0", "Z9D", date(2024, 3, 4), 4),
        ("2.0", "Z9E", date(2024, 5, 31), 5),
    ],
)
def test_nothing_is_found_where_nothing_is_planted(tmp_path, version, provider, day, seed):
    verdict = judged(tmp_path, Wanted(provider, day, 400, seed), version, 0.0)

    assert verdict.outcome == "accepted"
    assert verdict.counts.height == 0


@pytest.mark.parametrize(
    ("version", "provider", "day", "seed", "errors"),
    [
        ("1.0", "Z9B", date(2024, 1, 9), 3, 0.5),
        ("2.0", "Z9C", date(2024, 3, 9), 4, 0.3),
        ("2.0", "Z9D", date(2024, 4, 21), 9, 1.0),
        ("2.0", "Z9A", date(2024, 3, 5), 1, 0.02),
    ],
)
def test_what_is_planted_is_found_and_nothing_else(tmp_path, version, provider, day, seed, errors):
    verdict = judged(tmp_path, Wanted(provider, day, 500, seed), version, errors)

    planted = list(csv.DictReader((tmp_path / "planted.csv").read_text().splitlines()))
    wanted = {(one["table"], int(one["line"]), one["item"], one["code"]) for one in planted}
    lost = {one for one in wanted if not one[3]}
    assert wanted - lost == set(_found(verdict))
    assert len(lost) == sum(table.cascaded for table in verdict.tables.values())


def _found(verdict):
    for table, path in verdict.findings.items():
        for line, item, rule in pl.read_parquet(path, columns=["line", "item", "rule"]).iter_rows():
            yield (table, line, item, rule)
