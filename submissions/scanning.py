"""Find the records of a CSV file in its bytes, and everything in its structure that is wrong.

One pass over blocks of 16 MiB with numpy. A block whose quotation marks obey the grammar is
measured as a whole (`submissions.measuring`); any other is walked record by record
(`submissions.quoting`). No data frame sees a byte that did not pass.
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from submissions import measuring, quoting
from submissions.surveying import Places, Space, Survey

BLOCK = 16 * 2**20
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
    space = Space(max(block, len(begun)) + survey.limits.line_bytes + 2)
    space.buffer[: len(begun)] = begun
    held, ended = len(begun), False
    while not ended:
        filled = _fill(stream, space, held, block)
        ended = filled < held + block
        held = _close(space, filled) if ended else filled
        done, chunk = _take(space, held, survey, ended=ended)
        survey.byte += done
        if chunk is not None:
            yield chunk
        if _is_over(survey):
            return
        left = held - done
        space.buffer[:left] = space.buffer[done:held]
        held = left


def _fill(stream: BinaryIO, space: Space, held: int, block: int) -> int:
    """Read until a block more is held or the stream ends; return how much is held."""
    room = min(block, len(space.bytes) - held - 1)
    with memoryview(space.buffer) as view:
        while room and (piece := stream.read(room)):
            view[held : held + len(piece)] = piece
            held += len(piece)
            room -= len(piece)
    return held


def _close(space: Space, held: int) -> int:
    """Give the last line of a file the line feed it may lack."""
    if held and space.buffer[held - 1] != LINE_FEED:
        space.buffer[held] = LINE_FEED
        return held + 1
    return held


def _take(space: Space, held: int, survey: Survey, *, ended: bool) -> tuple[int, Chunk | None]:
    """Measure the whole records among the bytes held; return where they end, and the chunk."""
    start = _resume(space, held, survey)
    if start or survey.passing_over:
        return start, None
    layout = measuring.lay_out(space, held)
    if layout is None:
        return quoting.walk(space, 0, held, survey, ended=ended), None
    chunk = None
    if layout.end:
        data = space.buffer[: layout.end]
        lines = measuring.check(space, layout, data, survey)
        chunk = None if survey.tally.total else Chunk(data, lines, layout.quoted)
    left = held - layout.end
    if left > survey.limits.line_bytes or (ended and left):
        return quoting.walk(space, layout.end, held, survey, ended=ended), None
    return layout.end, chunk


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
