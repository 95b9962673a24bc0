# ruff: noqa: PLC0415  each contender imports only what it needs, so that its start-up is its own
"""One run of one contender of the validation benchmark, in a process of its own.

`python benchmarks/validation_contenders.py NAME FOLDER [ROWS]` prints one JSON line: findings, and
CPU seconds spent after start-up. Every peer judges the same tables with the same rules as far as it
can say them; where it cannot, the rule is left out, which favours the peer. Peers that take
expressions are given the engine's own; peers that go row by row, plain functions.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl

from portal.specification import DataSet, Mandation, Table, load_data_set
from submissions.findings import Findings
from submissions.holding import needs_of
from submissions.judging import Trial, _questions
from submissions.marking import Roots
from submissions.rules.operands import parent_column
from submissions.rules.scene import Scene
from submissions.sources import Source, from_path
from submissions.validation import Context, _header_values, judge
from submissions.values import (
    has_type,
    is_right_length,
    pattern_of,
    typed,
    typed_columns,
    typed_name,
)

Checks = dict[str, tuple[str, pl.Expr]]


def data_set() -> DataSet:
    """The specification of the benchmark."""
    return load_data_set("community_pilot", "2.0")


def tables(folder: Path) -> Iterator[Table]:
    """The tables that are judged: all but the header."""
    for table in data_set().order:
        if (folder / table.file_name).exists() and table is not data_set().header:
            yield table


def sources(folder: Path) -> dict[str, Source]:
    """The files of a folder by table."""
    return {path.stem: from_path(path) for path in folder.glob("*.csv")}


def read(folder: Path, table: str, rows: int | None = None) -> pl.DataFrame:
    """A file as text, read by Polars."""
    return pl.read_csv(folder / f"{table}.csv", infer_schema=False, n_rows=rows)


def engine(folder: Path, _: int | None) -> int:
    """The product: structural scan, all rules, findings written; exact counts and examples kept.

    The rows shown on the pages, for which the files are read once more, are not written.
    """
    with tempfile.TemporaryDirectory() as place:
        verdict = judge(sources(folder), data_set(), context(), findings=Path(place), rows=False)
        verdict.counts.write_parquet(Path(place) / "counts.parquet")
        (Path(place) / "report.json").write_text(verdict.report.to_json())
    return int(verdict.counts["findings"].sum())


def context() -> Context:
    """What the portal would know, the reference data included."""
    return Context(
        provider="Z9A",
        authorised_providers=frozenset({"Z9A"}),
        submitter="Z9A",
        received_at=datetime(2024, 4, 16, 4, tzinfo=UTC),
        organisations=dict.fromkeys(("Z9A", "Z9Q", "Z99001"), (None, None)),
        sites={"Z9A01": (None, None)},
        postcodes=frozenset({"ZZ993AA"}),
        production=False,
    )


def prepared(folder: Path, table: Table) -> pl.DataFrame:
    """A table as text and as types, with the columns of its parents that rules ask for."""
    spec = data_set()
    frame = read(folder, table.name).with_columns(typed_columns(table, spec))
    for operand in needs_of(spec, sources(folder).keys())[table.name].ancestors:
        if not (folder / f"{operand.table}.csv").exists():
            continue
        wanted, name = typed_name(operand.item), parent_column(operand)
        key: tuple[str, ...] = ()
        ancestor = pl.DataFrame()
        for link in reversed(spec.path(table.name, operand.table)):
            parent = read(folder, link.table).with_columns(
                typed_columns(spec.tables[link.table], spec)
            )
            if key:
                parent = parent.join(
                    ancestor, left_on=key, right_on=ancestor.columns[:-1], how="left"
                )
            held = parent.select(*link.parent_items, pl.col(name if key else wanted).alias(name))
            ancestor, key = held.unique(list(link.parent_items), keep="first"), link.items
        frame = frame.join(ancestor, left_on=key, right_on=ancestor.columns[:-1], how="left")
    return frame


def checks(folder: Path, table: Table) -> Checks:
    """Every check of a table as the engine's own expression: name to item and expression."""
    spec, held = data_set(), sources(folder)
    scene = Scene(spec, table, context(), _header_values(held, spec))
    trial = Trial(scene, needs_of(spec, held.keys())[table.name], {}, Findings(table), Roots())
    found: Checks = {
        f"{asked.rule.code}-{asked.item}": (asked.item, asked.expression)
        for asked in _questions(trial)
        if all(
            (folder / f"{name.split('.')[0]}.csv").exists() for name in asked.reads if "." in name
        )
    }
    found |= _item_checks(table, spec)
    for rule in table.rules:
        said = rule.settings
        if rule.kind == "reference" and said["table"] in held:
            keys = read(folder, said["table"]).select(pl.struct(said["parent_items"])).to_series()
            inside = pl.struct(said["items"]).is_in(keys.implode())
            blank = pl.any_horizontal(pl.col(item).is_null() for item in said["items"])
            found[rule.code] = (said["items"][0], inside | blank)
    return found


def _item_checks(table: Table, spec: DataSet) -> Checks:
    """The checks every item has: blank, format, value set."""
    found: Checks = {}
    for item in table.items.values():
        text = pl.col(item.name)
        if item.mandation is Mandation.MANDATORY:
            found[f"B-{item.name}"] = (item.name, text.is_not_null())
        if has_type(item, spec):
            right = typed(item.name).is_not_null() | text.is_null()
        else:
            pattern = pattern_of(item)
            right = text.str.contains(pattern) if pattern else is_right_length(item)
        found[f"F-{item.name}"] = (item.name, right)
    return found


def unique_items(table: Table) -> list[tuple[str, ...]]:
    """The keys of a table that must be unique."""
    return [rule.settings["items"] for rule in table.rules if rule.kind == "unique"]


def main(name: str, folder: str, rows: str | None = None) -> None:
    """Run one contender once."""
    begun = time.process_time()
    if name == "engine":
        judge_with = engine
    else:
        from validation_peers import PEERS

        judge_with = PEERS[name]
    findings = judge_with(Path(folder), int(rows) if rows else None)
    print(json.dumps({"findings": findings, "work": time.process_time() - begun}))


if __name__ == "__main__":
    main(*sys.argv[1:])
