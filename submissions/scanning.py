"""Find the records of a CSV file in its bytes, and everything in its structure that is wrong.

One pass over blocks of 16 MiB with numpy. A block whose quotation marks obey the grammar is
measured as a whole (`submissions.measuring`); any other is walked record by record
(`submissions.quoting`). No data frame sees a byte that did not pass.
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from submissions import measuring, quoting
from submissions.surveying import Places, Space, Survey

BLOCK = 16 * 2**20
DENSE = 250_000
LINE_FEED = 10


class Chunk(NamedTuple):
    """Whole records of a file, and the physical line each begins on."""

    data: bytes
    lines: Places
    quoted: bool


def chunks(
    stream: BinaryIO, survey: Survey, begun: bytes = b"", block: int = BLOCK
) -> Iterator[Chunk]:
    """Yield the records behind the heading, block by block. `begun` was read already.

    Faults go into the survey's tally. After the first one nothing more is yielded, and the scan
    goes on to find the rest; it stops early only where a limit of the whole file is passed.
    """
    space = Space.of(max(block, len(begun)) + survey.limits.line_bytes + 2)
    buffer = memoryview(space.buffer)
    buffer[: len(begun)] = begun
    held, ended = len(begun), False
    while not (ended and not held):
        held, ended = _fill(stream, buffer, held)
        done, chunk = _take(space, held, survey, ended=ended)
        survey.byte += done
        if chunk is not None:
            yield chunk
        if _is_over(survey):
            return
        held -= done
        buffer[:held] = bytes(buffer[done : done + held])


def _fill(stream: BinaryIO, buffer: memoryview, held: int) -> tuple[int, bool]:
    """Read until the memory is full or the stream ends: how much is held, and whether it ended.

    The last line of a file is given the line feed it may lack.
    """
    full = len(buffer) - 1
    while held < full:
        piece = stream.read(full - held)
        if not piece:
            if held and buffer[held - 1] != LINE_FEED:
                buffer[held] = LINE_FEED
                held += 1
            return held, True
        buffer[held : held + len(piece)] = piece
        held += len(piece)
    return held, False


def _take(space: Space, held: int, survey: Survey, *, ended: bool) -> tuple[int, Chunk | None]:
    """Measure the whole records among the bytes held; return where they end, and the chunk."""
    start = _resume(space, held, survey)
    if start or survey.passing_over:
        return start, None
    some = _some(space, held)
    layout = measuring.lay_out(space, some)
    if layout is None:
        return quoting.walk(space, 0, held, survey, ended=ended), None
    chunk = None
    if layout.end:
        data = space.buffer[: layout.end]
        lines = measuring.check(space, layout, data, survey)
        chunk = None if survey.tally.total else Chunk(data, lines, layout.quoted)
        if some < held:
            return layout.end, chunk
    left = held - layout.end
    if left > survey.limits.line_bytes or (ended and left):
        return quoting.walk(space, layout.end, held, survey, ended=ended), None
    return layout.end, chunk


def _some(space: Space, held: int) -> int:
    """How many bytes to measure at once: fewer where lines are so short that they are very many."""
    np.equal(space.view[:held], LINE_FEED, out=space.feeds[:held])
    feeds = int(np.count_nonzero(space.feeds[:held]))
    return held if feeds <= DENSE else held * DENSE // feeds


def _resume(space: Space, held: int, survey: Survey) -> int:
    """Behind an endless line: where the next one begins. Zero if there is none to pass over."""
    if not survey.passing_over:
        return 0
    feed = space.buffer.find(b"\n", 0, held)
    if feed < 0:
        return held
    survey.passing_over = False
    survey.line += 1
    return feed + 1


def _is_over(survey: Survey) -> bool:
    """Whether the file has passed a limit as a whole, or is too damaged to go on."""
    limits, tally = survey.limits, survey.tally
    if survey.records > limits.rows:
        tally.add("too-many-rows", {"limit": f"{limits.rows:,}"})
        return True
    if survey.byte > limits.unpacked_bytes:
        tally.add("too-large", {"limit": f"{limits.unpacked_bytes:,}"})
        return True
    return tally.counts["too-damaged"] > 0
