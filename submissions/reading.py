"""The public door to a sender's file: check its structure, then read it as frames of text.

Polars never sees a byte that the scan has not passed: on its own it pads short records, renames
repeated columns and knows no physical lines.
"""

from collections.abc import Iterator
from contextlib import closing

import polars as pl

from portal.quality_reports import Fault
from portal.specification import Limits, Table
from submissions.headings import read_first_line
from submissions.scanning import Chunk, chunks
from submissions.sources import Source
from submissions.structure import Scan, check_filled, open_file, scan
from submissions.surveying import Places, Survey
from submissions.tallying import Tally, UnreadableFile

__all__ = ["Fault", "Scan", "Source", "UnreadableFile", "frames", "scan"]


def frames(source: Source, table: Table, limits: Limits) -> Iterator[tuple[pl.DataFrame, Places]]:
    """Yield the records of a file as text, with the physical line of each, block by block.

    Each frame has exactly the table's items in the table's order; an item that was not sent is
    null, and so is an empty value, quoted or not. Raises UnreadableFile if the structure is wrong.
    """
    tally = Tally(source.name)
    survey = Survey(0, limits, tally)
    with closing(source.open()) as stream:
        heading = open_file(stream, table, survey)
        if heading:
            for chunk in chunks(stream, survey, heading.begun):
                yield _frame(chunk, heading.columns, table), chunk.lines
            check_filled(survey)
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
