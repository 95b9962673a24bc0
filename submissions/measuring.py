"""Measure a block of records whose quotation marks are in order: fields, lengths, characters.

Everything is done on the whole block with numpy. `dtype=np.uint8` in reduceat is deliberate: numpy
would promote silently, at ten times the cost.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from submissions.surveying import Flags, Places, Space, Survey

COMMA, FEED, RETURN, QUOTE = 44, 10, 13, 34
EXACT_BELOW = 256
# For each byte of eight flags, first flag highest: the parity of the flags up to and with each.
PREFIX_PARITY = np.array(
    [
        sum(((byte >> (7 - place)).bit_count() & 1) << (7 - place) for place in range(8))
        for byte in range(256)
    ],
    dtype=np.uint8,
)


@dataclass(frozen=True)
class Layout:
    """Where the records of a block begin and end; its separators are flagged in the space."""

    starts: Places
    ends: Places
    feeds: Places
    quoted: bool

    @cached_property
    def lengths(self) -> Places:
        """The bytes of each record, without its line feed."""
        return self.ends - self.starts

    @property
    def end(self) -> int:
        """The number of bytes the whole records take."""
        return int(self.ends[-1]) + 1 if len(self.ends) else 0


def lay_out(space: Space, held: int) -> Layout | None:
    """Find the records. None when a quotation mark breaks the grammar among them."""
    feeds = _flag(space, FEED, space.feeds, held)
    if space.buffer.find(b'"', 0, held) < 0:
        ends = np.flatnonzero(feeds)
        _flag(space, COMMA, space.separators, held)
        return Layout(_starts(ends), ends, ends, quoted=False)
    return _lay_out_quoted(space, feeds, held)


def _lay_out_quoted(space: Space, feeds: Flags, held: int) -> Layout | None:
    """Find records among quotation marks: only what stands outside them separates."""
    quotes = space.view[:held] == QUOTE
    inside = _inside(quotes, held)
    outside = ~inside
    all_feeds = np.flatnonzero(feeds)
    ends = all_feeds[outside[all_feeds]]
    end = int(ends[-1]) + 1 if len(ends) else 0
    separators = _flag(space, COMMA, space.separators, held)
    if not _grammar_holds(space, quotes, inside, end):
        return None
    np.logical_and(separators, outside, out=separators)
    return Layout(_starts(ends), ends, all_feeds[all_feeds < end], quoted=True)


def _flag(space: Space, byte: int, flags: Flags, held: int) -> Flags:
    """Flag every place of a byte, in memory that is used again."""
    return np.equal(space.view[:held], byte, out=flags[:held])


def _starts(ends: Places) -> Places:
    """Where each record begins: behind the end of the one before."""
    starts = np.empty_like(ends)
    if len(ends):
        starts[0] = 0
        starts[1:] = ends[:-1] + 1
    return starts


def _inside(quotes: Flags, held: int) -> Flags:
    """Whether each byte is inside quotation marks; the opening mark is, the closing is not."""
    parity = PREFIX_PARITY[np.packbits(quotes)]
    open_before = np.bitwise_xor.accumulate(parity & 1)
    parity[1:] ^= open_before[:-1] * np.uint8(255)
    return np.unpackbits(parity, count=held).view(np.bool_)


def _grammar_holds(space: Space, quotes: Flags, inside: Flags, end: int) -> bool:
    """Whether each opening mark begins a field and each closing one ends it, or is doubled."""
    if not end:
        return True
    edge = space.separators[:end] | space.feeds[:end] | quotes[:end]
    opening = quotes[:end] & inside[:end]
    closing = quotes[:end] & ~inside[:end]
    if np.any(opening[1:] & ~edge[:-1]):
        return False
    edge |= space.view[:end] == RETURN
    return not np.any(closing[:-1] & ~edge[1:])


def check(space: Space, layout: Layout, data: bytes, survey: Survey) -> Places:
    """Measure the records of a block; return the physical line of each. Faults go to the tally."""
    lines = _lines(layout, survey)
    _check_characters(space, layout, data, lines, survey)
    _check_fields(space, layout, lines, survey)
    _check_lengths(space, layout, lines, survey)
    survey.records += len(lines)
    survey.line += len(layout.feeds)
    survey.feeds += len(layout.feeds)
    return lines


def _lines(layout: Layout, survey: Survey) -> Places:
    """The physical line of each record: line feeds inside quotation marks count."""
    if len(layout.feeds) == len(layout.ends):
        return np.arange(survey.line, survey.line + len(layout.ends), dtype=np.int64)
    return np.searchsorted(layout.feeds, layout.starts) + survey.line


def _fields(space: Space, layout: Layout, survey: Survey) -> Places | None:
    """The number of fields of each record; None when every one is as the heading has it.

    Counted modulo 256 first: with fewer columns than that, and the right total, each is exact.
    Behind a heading whose fields cannot be told, every number is taken.
    """
    if not survey.columns:
        return None
    separators = space.separators[: layout.end].view(np.uint8)
    wanted = survey.columns - 1
    if survey.columns < EXACT_BELOW:
        counts = np.add.reduceat(separators, layout.starts, dtype=np.uint8)
        total = int(np.count_nonzero(separators))
        if total == wanted * len(layout.starts) and bool(np.all(counts == wanted)):
            return None
    fields = np.add.reduceat(separators, layout.starts, dtype=np.int64) + 1
    return None if bool(np.all(fields == survey.columns)) else fields


def _report(
    code: str, wrong: Places, layout: Layout, lines: Places, survey: Survey, **facts: object
) -> None:
    """Tally a fault of whole records, given their numbers in the block."""
    shown = wrong[: survey.tally.room]
    starts = layout.starts[shown] + survey.byte
    places = zip(lines[shown].tolist(), starts.tolist(), strict=True)
    survey.tally.add_all(code, places, len(wrong), **facts)


def _check_fields(space: Space, layout: Layout, lines: Places, survey: Survey) -> None:
    """Find blank lines and records with too few or too many fields."""
    fields = _fields(space, layout, survey)
    blank = layout.lengths == 0
    blank |= (layout.lengths == 1) & (space.view[layout.starts] == RETURN)
    if blank.any():
        _report("blank-line", np.flatnonzero(blank), layout, lines, survey)
    if fields is None:
        return
    few = np.flatnonzero((fields < survey.columns) & ~blank)
    many = np.flatnonzero((fields > survey.columns) & ~blank)
    _report("too-few-fields", few, layout, lines, survey)
    _report("too-many-fields", many, layout, lines, survey)


def _check_lengths(space: Space, layout: Layout, lines: Places, survey: Survey) -> None:
    """Find records and values that are too long. Only a long record can hold a long value."""
    limits, lengths = survey.limits, layout.lengths
    if not bool((lengths > limits.cell_bytes).any()):
        return
    long = np.flatnonzero(lengths > limits.line_bytes)
    _report("line-too-long", long, layout, lines, survey, limit=f"{limits.line_bytes:,}")
    suspects = (lengths > limits.cell_bytes) & (lengths <= limits.line_bytes)
    for record in np.flatnonzero(suspects).tolist():
        start, end = int(layout.starts[record]), int(layout.ends[record])
        commas = np.flatnonzero(space.separators[start:end])
        edges = np.concatenate(([-1], commas, [end - start]))
        wide = np.flatnonzero(np.diff(edges) - 1 > limits.cell_bytes)
        for column in wide.tolist():
            survey.tally.add(
                "cell-too-long",
                {"limit": f"{limits.cell_bytes:,}"},
                line=int(lines[record]),
                byte=survey.byte + start + int(edges[column]) + 1,
                column=column + 1,
            )


def _check_characters(
    space: Space, layout: Layout, data: bytes, lines: Places, survey: Survey
) -> None:
    """Find NUL, carriage returns that stand alone, and text that is not UTF-8."""
    if data.find(b"\0") >= 0:
        _report_flags("nul-byte", _flag(space, 0, space.feeds, layout.end), layout, lines, survey)
    if data.find(b"\r") >= 0:
        bare = _flag(space, RETURN, space.feeds, layout.end)
        returns = int(np.count_nonzero(bare))
        bare[:-1] &= space.view[1 : layout.end] != FEED
        survey.carriage_feeds += returns - int(np.count_nonzero(bare))
        _report_flags("bare-carriage-return", bare, layout, lines, survey)
    if not data.isascii():
        _report_undecodable(data, layout, lines, survey)


def _report_flags(code: str, flags: Flags, layout: Layout, lines: Places, survey: Survey) -> None:
    """Tally a fault of single bytes: once for each record in which any is flagged."""
    hit = np.flatnonzero(np.maximum.reduceat(flags.view(np.uint8), layout.starts))
    places = [
        (int(lines[record]), survey.byte + start + int(np.argmax(flags[start:])))
        for record in hit[: survey.tally.room].tolist()
        for start in [int(layout.starts[record])]
    ]
    survey.tally.add_all(code, places, len(hit))


def _report_undecodable(data: bytes, layout: Layout, lines: Places, survey: Survey) -> None:
    """Tally records that are not UTF-8."""
    wrong = _undecodable(data, layout.ends)
    shown = wrong[: survey.tally.room]
    records = np.searchsorted(layout.ends, shown)
    places = zip(lines[records].tolist(), (shown + survey.byte).tolist(), strict=True)
    survey.tally.add_all("not-utf-8", places, len(wrong))


def _undecodable(data: bytes, ends: Places) -> Places:
    """The first byte of each record that is not UTF-8."""
    places: list[int] = []
    start = 0
    while start < len(data):
        place = first_undecodable(data, start)
        if place is None:
            break
        places.append(place)
        start = int(ends[np.searchsorted(ends, place)]) + 1
    return np.array(places, dtype=np.int64)


def first_undecodable(data: bytes, start: int = 0) -> int | None:
    """Where text stops being UTF-8. The error itself holds the text, so it goes no further."""
    try:
        str(memoryview(data)[start:], "utf-8")
    except UnicodeDecodeError as problem:
        return start + problem.start
    return None
