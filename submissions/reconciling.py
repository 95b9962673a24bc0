"""Hold submitted aggregates against the same measures counted from the accepted records.

Counted with the function that defines the measures, over the accepted records of the tables a
measure reads; only the columns it reads are held.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date

import numpy as np
import polars as pl

from portal.quality_reports import NotChecked, Reconciled
from portal.specification import DataSet, ItemType, Measure, Reference, Rule, Table
from portal.specification.synthesis.counting import count
from submissions.holding import Held, unique_key
from submissions.keys import Rows, repeated
from submissions.reading import Source, frames
from submissions.surveying import Flags
from submissions.values import READERS

DAYS_AT_MOST = 31
NO_ROWS: Rows = np.empty(0, np.int32)


@dataclass(frozen=True)
class Compared:
    """How one rule of that kind came out: the rows that break it, and every comparison made."""

    rule: Rule
    table: Table
    rows: Rows
    compared: tuple[Reconciled, ...]


@dataclass(frozen=True)
class Books:
    """Where the accepted records of a submission can be read again."""

    data_set: DataSet
    sources: Mapping[str, Source]
    held: Mapping[str, Held]

    def accepted(self, table: str) -> Flags:
        """Which records of a table were accepted."""
        held = self.held.get(table)
        return np.empty(0, np.bool_) if held is None else ~held.rejected

    def single(self, table: Table) -> Flags:
        """Which records of a table have a key of their own; a repeated one says nothing."""
        held = self.held[table.name]
        single = np.ones(held.records, np.bool_)
        for rule in table.rules:
            if rule.kind == "unique":
                single[repeated(held.keys[unique_key(rule, table)])] = False
        return single


def reconcile(books: Books) -> Iterator[Compared | NotChecked]:
    """Ask every rule that reconciles an aggregate; say why, where one cannot be asked."""
    for held in books.held.values():
        for rule in held.table.rules:
            if rule.kind == "reconcile":
                yield _asked(rule, held.table, books)


def _asked(rule: Rule, table: Table, books: Books) -> Compared | NotChecked:
    measure = books.data_set.measures[rule.settings["measure"]]
    reads = columns_read(measure, books.data_set)
    absent = sorted(name for name in reads if name not in books.held)
    if str(measure.table) in absent:
        because = f"The records of {measure.table} were not sent or could not be read."
        return NotChecked(rule.code, table.name, rule.settings["item"], because)
    submitted = _submitted(rule, table, books)
    day = measure.settings["day"]
    days = submitted[day].drop_nulls().unique().sort().to_list()[:DAYS_AT_MOST]
    made = {
        name: _records(books.data_set.tables[name], columns, books.accepted(name), books)
        for name, columns in reads.items()
    }
    counted = [count(books.data_set, measure, made, each) for each in days]
    if not counted:
        return Compared(rule, table, NO_ROWS, ())
    return _compared(rule, table, submitted, pl.concat(counted))


def columns_read(measure: Measure, data_set: DataSet) -> dict[str, list[str]]:
    """The tables a measure reads, and of each the columns it may look at."""
    words = set(_words(measure.settings)) | {str(measure.table)}
    for table in data_set.order:
        for name in words & set(table.derived):
            words |= set(_words(table.derived[name].settings))
    tables = {name for name in words if name in data_set.tables}
    links = [
        link
        for name in tables - {str(measure.table)}
        for link in _way(data_set, str(measure.table), name)
    ]
    tables |= {link.table for link in links} | {data_set.header.name}
    words |= {item for link in links for item in (*link.items, *link.parent_items)}
    columns = {
        name: [item for item in data_set.tables[name].items if item in words] for name in tables
    }
    return {name: wanted for name, wanted in columns.items() if wanted}


def _way(data_set: DataSet, table: str, ancestor: str) -> tuple[Reference, ...]:
    """The references from a table to an ancestor; none if it is not one."""
    try:
        return data_set.path(table, ancestor)
    except KeyError:
        return ()


def _words(value: object) -> Iterator[str]:
    """Every text in a setting, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _words(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _words(each)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _words(getattr(value, one.name))


def _records(table: Table, columns: list[str], wanted: Flags, books: Books) -> pl.DataFrame:
    """The wanted records of a table, dates as dates; none if the table was not sent."""
    asked = [_as_type(table, column) for column in columns]
    if table.name not in books.held:
        return pl.DataFrame(schema=dict.fromkeys(table.items, pl.String)).select(asked)
    parts, done = [], 0
    for frame, _ in frames(books.sources[table.name], table, books.data_set.limits):
        kept = pl.Series(wanted[done : done + frame.height])
        parts.append(frame.lazy().select(asked).collect().filter(kept))
        done += frame.height
    return pl.concat(parts)


def _as_type(table: Table, column: str) -> pl.Expr:
    item = table.items[column]
    if item.type in (ItemType.DATE, ItemType.INTEGER):
        return READERS[item.type](item).alias(column)
    return pl.col(column)


def _submitted(rule: Rule, table: Table, books: Books) -> pl.DataFrame:
    """The aggregate as sent: its rows by key, values added up where several stand for one key.

    Where a row leaves the rest of the table's key blank it stands for the whole, and counts alone.
    """
    by, item = list(rule.settings["by"]), rule.settings["item"]
    rest = [name for name in table.key if name not in by]
    single = books.single(table)
    frame = _records(table, [*by, *rest, item], single, books)
    rows = pl.Series("row", np.flatnonzero(single))
    whole = (
        pl.all_horizontal(pl.col(name).is_null() for name in rest) if rest else pl.lit(value=True)
    )
    value = pl.col(item)
    sums = pl.when(whole.any()).then(value.filter(whole).sum()).otherwise(value.sum())
    return (
        frame.with_columns(rows)
        .drop_nulls([*by, item])
        .group_by(by, maintain_order=True)
        .agg(pl.col("row"), sums.alias("submitted"))
    )


def _compared(rule: Rule, table: Table, submitted: pl.DataFrame, counted: pl.DataFrame) -> Compared:
    """Every key with what was sent and what was counted."""
    by = list(rule.settings["by"])
    derived = counted.select(*by, pl.col("value").cast(pl.Int64).alias("derived"))
    both = submitted.join(derived, on=by, how="full", coalesce=True, maintain_order="left_right")
    both = both.with_columns(pl.col("derived").fill_null(0))
    allowed = pl.max_horizontal(
        pl.lit(rule.settings["absolute"]), pl.col("derived") * rule.settings["percent"] / 100
    )
    gap = (pl.col("submitted").fill_null(0) - pl.col("derived")).abs()
    both = both.with_columns((gap <= allowed).alias("within"))
    broken = both.filter(~pl.col("within") & pl.col("row").is_not_null())
    rows = broken["row"].explode().sort().to_numpy().astype(np.int32)
    listed = tuple(_line(rule, table, by, row) for row in both.iter_rows(named=True))
    return Compared(rule, table, rows, listed)


def _line(rule: Rule, table: Table, by: list[str], row: Mapping[str, object]) -> Reconciled:
    """One comparison, for the report."""
    key = tuple((name, _text(row[name])) for name in by)
    submitted = row["submitted"]
    return Reconciled(
        rule=rule.code,
        table=table.name,
        key=key,
        submitted=submitted if isinstance(submitted, int) else None,
        derived=int(str(row["derived"])),
        within=bool(row["within"]),
    )


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
