"""The public door to a sender's file: check its structure, then read it as frames of text.

Polars never sees a byte that the scan has not passed: on its own it pads short records, renames
repeated columns and knows no physical lines.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl

from portal.quality_reports import Fault
from portal.specification import Limits, Table
from submissions.headings import FirstLine, check_columns, read_first_line
from submissions.scanning import Chunk, chunks
from submissions.sources import Source
from submissions.surveying import Places, Survey
from submissions.tallying import Tally, UnreadableFile

__all__ = ["Fault", "Scan", "Source", "UnreadableFile", "frames", "scan"]


@dataclass(frozen=True)
class Scan:
    """What a structural scan found in one file."""

    records: int
    lines: int
    line_ends: str
    columns: tuple[str, ...]
    missing: tuple[str, ...]
    faults: tuple[Fault, ...]
    fault_counts: Mapping[str, int]

    @property
    def fault_count(self) -> int:
        """How many faults there are, shown or not."""
        return sum(self.fault_counts.values())


def scan(source: Source, table: Table, limits: Limits) -> Scan:
    """Check the whole structure of a file: characters, lines, quotation marks, fields, columns.

    Every fault is counted and the first thousand are kept. Nothing is raised for a faulty file.
    """
    tally = Tally(source.name)
    heading, survey = None, Survey(0, limits, tally)
    try:
        with closing(source.open()) as stream:
            heading = _open(stream, table, survey)
            if heading:
                for _ in chunks(stream, survey, heading.begun):
                    pass
                _check_filled(survey)
    except UnreadableFile as broken:
        for fault in broken.faults:
            tally.counts[fault.code] += 1
            tally.faults.append(fault)
    columns = heading.columns if heading else ()
    return Scan(
        survey.records,
        survey.line,
        survey.line_ends,
        columns,
        _missing(table, columns),
        tally.in_order,
        dict(tally.counts),
    )


def frames(source: Source, table: Table, limits: Limits) -> Iterator[tuple[pl.DataFrame, Places]]:
    """Yield the records of a file as text, with the physical line of each, block by block.

    Each frame has exactly the table's items in the table's order; an item that was not sent is
    null, and so is an empty value, quoted or not. Raises UnreadableFile if the structure is wrong.
    """
    tally = Tally(source.name)
    survey = Survey(0, limits, tally)
    with closing(source.open()) as stream:
        heading = _open(stream, table, survey)
        if heading:
            for chunk in chunks(stream, survey, heading.begun):
                yield _frame(chunk, heading.columns, table), chunk.lines
            _check_filled(survey)
    if tally.total:
        raise UnreadableFile(tally.in_order, tally.total)


def columns_of(source: Source, limits: Limits) -> tuple[str, ...]:
    """The columns of a file's heading; none if it has no readable one."""
    try:
        with closing(source.open()) as stream:
            heading = read_first_line(stream, limits, Tally(source.name))
    except UnreadableFile:
        return ()
    return heading.columns if heading else ()


def _open(stream: BinaryIO, table: Table, survey: Survey) -> FirstLine | None:
    """Read and check the heading, and set the survey to the first record."""
    heading = read_first_line(stream, survey.limits, survey.tally)
    if heading is None:
        return None
    check_columns(heading.columns, table, survey.tally)
    survey.columns = len(heading.columns)
    survey.line = 1 + heading.lines
    survey.byte = heading.length
    return heading


def _check_filled(survey: Survey) -> None:
    """A file must hold at least one record."""
    if not survey.records and not survey.tally.total:
        survey.tally.add("header-only")


def _missing(table: Table, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The items of a table that a file does not have."""
    return tuple(name for name in table.items if name not in columns)


def _frame(chunk: Chunk, columns: tuple[str, ...], table: Table) -> pl.DataFrame:
    """Read a chunk that passed the scan. Not one record may be lost on the way."""
    frame = pl.read_csv(
        chunk.data,
        has_header=False,
        schema=dict.fromkeys(columns, pl.String),
        quote_char='"' if chunk.quoted else None,
        null_values=[""] if chunk.quoted else None,
    )
    if frame.height != len(chunk.lines):
        raise AssertionError("A record was lost between the scan and the reader.")
    if tuple(frame.columns) == tuple(table.items):
        return frame
    sent = set(columns)
    return frame.select(
        pl.col(name) if name in sent else pl.lit(None, pl.String).alias(name)
        for name in table.items
    )
