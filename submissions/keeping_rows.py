"""Keep every record that has a finding, so that any page of them can be shown at once.

The file of a table is written while a submission is judged and read by `submissions.broken_rows`.
An item that pseudonymisation keeps is written as it is; of every other item only the shape is
written, so no identifier is in the file. Everything is done column by column; the cost of a finding
is bytes.
"""

import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.specification import Limits
from submissions.broken_rows import BLOCK, MAGIC, SHAPED
from submissions.findings import Finding, Findings, is_hidden, shape_of
from submissions.reading import frames
from submissions.sources import Source

Numbers = npt.NDArray[np.uint32]
LEVEL = 1
DISTINCT_VALUES = 5_000


@dataclass(frozen=True)
class Place:
    """The findings of one rule on one item, as places among the records that are kept."""

    finding: Finding
    places: Numbers


def keep_rows(source: Source, findings: Findings, limits: Limits, path: Path) -> Path | None:
    """Write a table's records that have findings; nothing is written where there are none.

    The source is read once more. Raises UnreadableFile if it has changed.
    """
    found = [each for each in findings.found.values() if each.records]
    if not found:
        return None
    records = [np.unique(np.concatenate(each.records)) for each in found]
    broken = np.unique(np.concatenate(records))
    places = [
        Place(each, np.searchsorted(broken, own).astype(np.uint32))
        for each, own in zip(found, records, strict=True)
    ]
    with path.open("wb") as out:
        out.write(MAGIC)
        _write(out, source, (findings, places, broken), limits)
    return path


def _write(
    out: BinaryIO,
    source: Source,
    kept: tuple[Findings, Sequence[Place], Numbers],
    limits: Limits,
) -> None:
    """Write the blocks of rows, the places of each finding and, last, where everything is."""
    findings, places, broken = kept
    blocks: list[tuple[int, int]] = []
    values, waiting = [], list[bytes]()
    for part in _parts(source, findings, broken, limits):
        values.append(part.select(_valued(findings, places)))
        waiting.extend(_lines(part))
        whole = len(waiting) // BLOCK * BLOCK
        blocks.extend(_put_blocks(out, waiting[:whole], places, len(blocks) * BLOCK))
        waiting = waiting[whole:]
    blocks.extend(_put_blocks(out, waiting, places, len(blocks) * BLOCK))
    texts = pl.concat(values)
    index = {
        "columns": [
            {"name": name, "shaped": not findings.may_show(name)} for name in findings.table.items
        ],
        "total": len(broken),
        "blocks": blocks,
        "findings": [_describe(out, place, texts) for place in places],
    }
    end = _put(out, json.dumps(index).encode())
    out.write(np.array(end, np.uint64).tobytes())


def _put(out: BinaryIO, data: bytes) -> tuple[int, int]:
    """Write a compressed piece, and return where it begins and how long it is."""
    squeezed, start = zlib.compress(data, LEVEL), out.tell()
    out.write(squeezed)
    return start, len(squeezed)


def _put_blocks(
    out: BinaryIO, lines: Sequence[bytes], places: Sequence[Place], start: int
) -> Iterator[tuple[int, int]]:
    """Write rows in blocks of one size: the marks on the first line, then a line for each row."""
    for first in range(0, len(lines), BLOCK):
        block = lines[first : first + BLOCK]
        marks = json.dumps(_marks(places, start + first, len(block)))
        yield _put(out, b"\n".join((marks.encode(), *block)))


def _parts(
    source: Source, findings: Findings, broken: Numbers, limits: Limits
) -> Iterator[pl.DataFrame]:
    """Yield the records to keep, with their lines and numbers, as they are read."""
    shown, before = _shown(findings), 0
    for frame, lines in frames(source, findings.table, limits):
        low, high = np.searchsorted(broken, (before + 1, before + frame.height + 1))
        at = broken[low:high].astype(np.int64) - before - 1
        before += frame.height
        if len(at):
            yield frame[at].select(
                pl.Series("line", lines[at].astype(np.uint32)),
                pl.Series("record", broken[low:high]),
                *shown,
            )


def _lines(part: pl.DataFrame) -> list[bytes]:
    """Return records as lines of JSON with short names."""
    short = part.rename({name: str(number) for number, name in enumerate(part.columns)})
    held = io.BytesIO()
    short.write_ndjson(held)
    return held.getvalue().splitlines()


def _shown(findings: Findings) -> list[pl.Expr]:
    """Return what is written of each item: its value where that may be shown, or its shape."""
    return [_shown_item(name, kept=findings.may_show(name)) for name in findings.table.items]


def _shown_item(name: str, *, kept: bool) -> pl.Expr:
    """Return a value to show, or its shape behind a mark."""
    text = pl.col(name)
    shape = shape_of(text)
    if not kept:
        return shape.alias(name)
    return pl.when(is_hidden(text)).then(pl.lit(SHAPED) + shape).otherwise(text).alias(name)


def _marks(places: Sequence[Place], start: int, height: int) -> dict[int, list[int]]:
    """Return, by finding, the rows of a block that have it."""
    marks = {}
    for number, place in enumerate(places):
        low, high = np.searchsorted(place.places, (start, start + height))
        if low < high:
            marks[number] = (place.places[low:high] - start).tolist()
    return marks


def _valued(findings: Findings, places: Sequence[Place]) -> list[str]:
    """Return the items whose wrong values may be shown, and so be looked for."""
    return sorted({p.finding.item for p in places if findings.may_show(p.finding.item)})


def _describe(out: BinaryIO, place: Place, texts: pl.DataFrame) -> dict[str, Any]:
    """Write the places of a finding and the values there; return what they are and where."""
    finding = place.finding
    said: dict[str, Any] = {
        "rule": finding.rule,
        "item": finding.item,
        "severity": finding.severity.value,
        "count": finding.count,
        "places": _put(out, place.places.tobytes()),
        "values": [],
    }
    if finding.item not in texts.columns:
        return said
    here = texts[finding.item].gather(place.places)
    common = here.value_counts(sort=True, name="n").head(DISTINCT_VALUES)[finding.item]
    numbers = pl.DataFrame({"text": common, "number": range(len(common))})
    joined = pl.DataFrame({"text": here}).join(
        numbers, on="text", how="left", nulls_equal=True, maintain_order="left"
    )
    ids = joined["number"].fill_null(DISTINCT_VALUES).cast(pl.UInt16).to_numpy()
    return {**said, "values": common.to_list(), "which": _put(out, ids.tobytes())}
