"""What the engine says of a synthetic day, and what was planted in it, in the same words."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from portal.specification.reference import assessments, organisations, postcodes
from submissions.sources import from_path
from submissions.validation import Context, judge

OPEN = {row["code"]: (date.fromisoformat(row["open_from"]), None) for row in organisations()}
SITES = {row["code"] for row in organisations() if row["kind"] == "site"}


def verdict_on(folder, data_set, wanted, *, live=False, limit=10**6):
    """Judge the files of a folder with the reference data that is shipped."""
    context = Context(
        provider=wanted.provider,
        authorised_providers=frozenset({wanted.provider}),
        submitter=wanted.provider,
        received_at=datetime.combine(wanted.day + timedelta(days=2), time(12), UTC),
        versions_in_force=frozenset({data_set.version}),
        organisations=OPEN,
        sites={code: OPEN[code] for code in SITES},
        postcodes=frozenset(row["postcode"] for row in postcodes()),
        assessments=frozenset(row["code"] for row in assessments()),
        production=live,
    )
    paths = {name: folder / table.file_name for name, table in data_set.tables.items()}
    sources = {name: from_path(path) for name, path in paths.items() if path.exists()}
    findings = folder / "findings"
    findings.mkdir()
    return judge(sources, data_set, context, findings=findings, limit=limit)


def found_in(verdict):
    """Count findings in records, rules about files, and faults of structure, each in its place."""
    return Counter(_found(verdict))


def _found(verdict):
    for table, path in verdict.findings.items():
        for line, item, rule in pl.read_parquet(path, columns=["line", "item", "rule"]).iter_rows():
            yield (table, line, item, rule)
    for rule in verdict.report.rules:
        if rule.item is None:
            yield ("", 0, "", rule.code)
    for fault in verdict.report.faults:
        yield (Path(fault.file).stem, fault.line, "", fault.code)


def planted_in(folder):
    """Count what was planted in a folder, and the records that are lost with it."""
    rows = list(csv.DictReader((folder / "planted.csv").read_text().splitlines()))
    told = [one for one in rows if one["code"]]
    places = Counter((one["table"], int(one["line"]), one["item"], one["code"]) for one in told)
    return places, len(rows) - len(told)


def cascaded(verdict):
    """Count the records that were lost with what they belong to."""
    return sum(table.cascaded for table in verdict.tables.values())
