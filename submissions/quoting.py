"""Walk a block in which quotation marks break the grammar: simple and exact.

A record that does not match is reported, one physical line is passed over, and reading resumes on
the next: an unclosed quotation mark costs its own line and not the rest of the file.
"""

import mmap
import re
from typing import TypedDict

from submissions.measuring import check, lay_out
from submissions.surveying import Space, Survey

# no possessive groups: until Python 3.11.5 they match less than they should (its issue 106052)
FIELD = rb'(?:"[^"]{0,65536}+(?:""[^"]{0,65536}+)*"(?!")|[^",\r\n]*+)'
FIELDS = re.compile(FIELD + rb"(?:," + FIELD + rb")*")
RECORDS = re.compile(rb"(?:" + FIELDS.pattern + rb"\r?\n)*")
LINE_END = re.compile(rb"\r?\n")
LAST_QUOTED = re.compile(rb'(?:^|,)("[^"]*+(?:""[^"]*+)*")$')
QUOTED = re.compile(rb'"[^"]*+"')
TOO_MANY = 1_000
NEAR = 512
STRIDE = 2**18


class Where(TypedDict, total=False):
    """A place in a file."""

    line: int
    byte: int
    column: int


def walk(space: Space, start: int, held: int, survey: Survey, *, ended: bool) -> int:
    """Check records from `start`; return where the first one not yet whole begins."""
    place, limit, tally = start, survey.limits.line_bytes, survey.tally
    while place < held and not survey.passing_over:
        run = RECORDS.match(space.buffer, place, min(held, place + limit + STRIDE))
        end = run.end() if run else place
        if end > place:
            _measure(space, place, end, survey)
        elif not ended and held - place <= limit:
            break
        else:
            end = _pass_over(space, place, held, survey)
        place = end
        if tally.counts["stray-quote"] + tally.counts["unclosed-quote"] > TOO_MANY:
            tally.add("too-damaged", line=survey.line)
            return held
    return place


def _measure(space: Space, place: int, end: int, survey: Survey) -> None:
    """Measure records whose quotation marks are in order."""
    run = space.around(space.buffer[place:end])
    layout = lay_out(run, end - place)
    if layout is None or layout.end != end - place:
        raise AssertionError("Two readings of the same quotation marks disagree.")
    survey.byte += place
    check(run, layout, space.buffer[place:end], survey)
    survey.byte -= place


def whole_record(buffer: mmap.mmap | bytes, place: int, until: int) -> int:
    """Where the record that begins at a place ends, behind its line end. Zero if it breaks off."""
    fields = FIELDS.match(buffer, place, until)
    line_end = LINE_END.match(buffer, fields.end(), until) if fields else None
    return line_end.end() if line_end else 0


def _pass_over(space: Space, place: int, held: int, survey: Survey) -> int:
    """Say what is wrong with the record, and pass over one physical line."""
    _tell(space.buffer, place, held, survey)
    feed = space.buffer.find(b"\n", place, held)
    if feed < 0:
        survey.passing_over = True
        return held
    survey.line += 1
    survey.feeds += 1
    survey.records += 1
    return feed + 1


def _tell(buffer: mmap.mmap | bytes, place: int, held: int, survey: Survey) -> None:
    """Tally the fault at which a record breaks off."""
    until = min(held, place + survey.limits.line_bytes + 1)
    fields = FIELDS.match(buffer, place, until)
    stop = fields.end() if fields else place
    found = buffer[stop : stop + 1] if stop < until else b""
    read = buffer[place:stop]
    if found in (b"", b"\n"):
        limit = {"limit": f"{survey.limits.line_bytes:,}"}
        survey.tally.add("line-too-long", limit, line=survey.line)
        return
    code, at = _named(found, read)
    where: Where = {
        "line": survey.line,
        "byte": survey.byte + place + at,
        "column": _count_fields(read),
    }
    survey.tally.add(code, **where)


def _named(found: bytes, read: bytes) -> tuple[str, int]:
    """What is wrong where a record breaks off, and where in what was read of it that stands.

    A value that closes with something behind it was meant to close elsewhere: if it runs over a
    line end, the mark that opens it is the one to look at.
    """
    if found == b"\r":
        return "bare-carriage-return", len(read)
    if found == b'"':
        begins = not read or read.endswith(b",")
        return ("unclosed-quote" if begins else "stray-quote"), len(read)
    near = read[-NEAR:]
    last = LAST_QUOTED.search(near)
    if last and b"\n" in last[1]:
        return "unclosed-quote", len(read) - len(near) + last.start(1)
    return "stray-quote", len(read) - 1


def _count_fields(record: bytes) -> int:
    """The number of fields of a well-formed piece of a record."""
    return QUOTED.sub(b"", record).count(b",") + 1
