"""The structure of a sender's file: characters, lines, quotation marks, fields and columns.

The door needs no more than this, so that no web process loads Polars.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from portal.quality_reports import Fault
from portal.specification import Limits, Table
from submissions.headings import FirstLine, check_columns, read_first_line
from submissions.scanning import chunks
from submissions.sources import Source
from submissions.surveying import Survey
from submissions.tallying import Tally, UnreadableFile


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
            heading = open_file(stream, table, survey)
            if heading:
                for _ in chunks(stream, survey, heading.begun):
                    pass
                check_filled(survey)
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


def open_file(stream: BinaryIO, table: Table, survey: Survey) -> FirstLine | None:
    """Read and check the heading, and set the survey to the first record.

    Behind a heading that is broken the records are still looked at, as far as they can be.
    """
    heading = read_first_line(stream, survey.limits, survey.tally)
    if heading is None:
        return None
    if heading.columns:
        check_columns(heading.columns, table, survey.tally)
    survey.columns = heading.fields
    survey.line = 1 + heading.lines
    survey.byte = heading.length
    return heading


def check_filled(survey: Survey) -> None:
    """A file must hold at least one record."""
    if not survey.records and not survey.tally.total:
        survey.tally.add("header-only")


def _missing(table: Table, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The items of a table that a file does not have."""
    return tuple(name for name in table.items if name not in columns)
