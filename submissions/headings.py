"""Read the heading of a CSV file and hold its columns against the specification."""

import codecs
import csv
import difflib
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from portal.specification import Limits, Mandation, Table
from submissions import sniffing
from submissions.measuring import first_undecodable
from submissions.quoting import whole_record
from submissions.tallying import Tally

FIRST_READ = 64 * 1024
LONGEST_HEADING = 64 * 1024


@dataclass(frozen=True)
class FirstLine:
    """The columns of a file as sent, and what was read of the records behind them.

    Of a broken heading no column is known; `fields` is how many there are, zero if unknown.
    """

    columns: tuple[str, ...]
    fields: int
    begun: bytes
    length: int
    lines: int


def read_first_line(stream: BinaryIO, limits: Limits, tally: Tally) -> FirstLine | None:
    """Read the first record of a stream. None, with the reason in the tally, if there is none.

    A heading that is broken is told, and the records behind it can still be looked at.
    """
    head = _read_at_least(stream, max(FIRST_READ, limits.line_bytes))
    mark = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    if not head[mark:].strip():
        tally.add("empty-file")
        return None
    if code := sniffing.refusal(head[:1024]):
        tally.add(code)
        return None
    text = head[mark:] if b"\n" in head else head[mark:] + b"\n"
    end = whole_record(text, 0, min(len(text), LONGEST_HEADING))
    if not end:
        _tell_broken(text, mark, tally)
        end = head.find(b"\n", mark) + 1 - mark
        return _broken(text, end, mark, 0) if end > 0 else None
    return _parsed(text, end, mark, limits, tally)


def _broken(text: bytes, end: int, mark: int, fields: int) -> FirstLine:
    """A heading that cannot be used, and what lies behind it."""
    return FirstLine((), fields, text[end:], mark + end, text.count(b"\n", 0, end))


def _read_at_least(stream: BinaryIO, size: int) -> bytes:
    """Read so many bytes, or to the end."""
    pieces: list[bytes] = []
    held = 0
    while held < size and (piece := stream.read(size - held)):
        pieces.append(piece)
        held += len(piece)
    return b"".join(pieces)


def _tell_broken(text: bytes, mark: int, tally: Tally) -> None:
    """Say why a heading cannot be read."""
    first = text.find(b"\n")
    if b"\r" in text and (first < 0 or b"\r" in text[: first - 1]):
        tally.add("bare-carriage-return", line=1, byte=mark + text.find(b"\r"))
    elif b'"' in text[:LONGEST_HEADING]:
        tally.add("stray-quote", line=1, byte=mark + text.find(b'"'))
    else:
        tally.add("line-too-long", {"limit": f"{LONGEST_HEADING:,}"}, line=1)


def _parsed(text: bytes, end: int, mark: int, limits: Limits, tally: Tally) -> FirstLine | None:
    """Split the heading into columns."""
    line = text[:end]
    if b"\0" in line:
        tally.add("nul-byte", line=1, byte=mark + line.find(b"\0"))
    if (wrong := first_undecodable(line)) is not None:
        said = {"looks_like": sniffing.looks_like(line)}
        tally.add("not-utf-8", said, line=1, byte=mark + wrong)
    if tally.total:
        return _broken(text, end, mark, 0 if b'"' in line else line.count(b",") + 1)
    columns = next(csv.reader([str(line, "utf-8")], strict=True), [])
    if len(columns) > limits.columns:
        tally.add("too-many-columns", {"limit": f"{limits.columns:,}"}, line=1)
        return _broken(text, end, mark, len(columns))
    if not columns:
        tally.add("blank-line", line=1)
        return _broken(text, end, mark, 0)
    return FirstLine(tuple(columns), len(columns), text[end:], mark + end, line.count(b"\n"))


def check_columns(columns: tuple[str, ...], table: Table, tally: Tally) -> None:
    """Hold the columns of a heading against the table's items. Order is free, spelling is not.

    A column that is not in the specification is told by its place: a file without a heading begins
    with a record, and no value of a record may be shown.
    """
    counts = Counter(columns)
    meant: set[str | None] = set()
    for name, count in counts.items():
        place = columns.index(name) + 1
        if name not in table.items:
            meant.add(_tell_unknown(name, place, columns, table, tally))
        elif count > 1:
            tally.add("duplicate-column", {"name": name}, line=1, column=place)
    for item in table.items.values():
        absent = item.name not in counts and item.name not in meant
        if item.mandation is Mandation.MANDATORY and absent:
            tally.add("missing-column", {"name": item.name}, line=1)


def _tell_unknown(
    name: str, place: int, columns: tuple[str, ...], table: Table, tally: Tally
) -> str | None:
    """Say that a column is unknown; return the one that is only written differently."""
    said = {"name": f"number {place}"}
    plain = {_plain(item): item for item in table.items}
    close = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=0.8)
    if not close:
        tally.add("unknown-column", said, line=1, column=place)
        return None
    meant = plain[close[0]]
    if close[0] == _plain(name):
        tally.add("column-case", {**said, "expected": meant}, line=1, column=place)
        return meant
    hint = "" if meant in columns else f" Did you mean {meant}?"
    tally.add("unknown-column", {**said, "hint": hint}, line=1, column=place)
    return None


def _plain(name: str) -> str:
    """A column name without case, blanks and underscores."""
    return name.strip().casefold().replace("_", "").replace(" ", "")
