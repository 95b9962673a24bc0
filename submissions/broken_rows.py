"""Read the records that have findings, page by page, without a data frame.

A file of `submissions.keeping_rows`: blocks of rows as compressed JSON, then for each rule and item
the places of its rows as numbers, then an index. A page is a block or two, whatever the size.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import SEEK_END
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

MAGIC = b"ROWS 1\n"
BLOCK = 100
TAIL = 16
# What stands before a shape where a value of a kept item is not fit to be shown.
SHAPED = "\x01"
Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Kind:
    """The findings of one rule on one item of the table."""

    number: int
    rule: str
    item: str
    severity: str
    count: int
    values: tuple[str | None, ...]


@dataclass(frozen=True)
class Column:
    """An item of the table, and whether only shapes of its values are shown."""

    name: str
    shaped: bool


@dataclass(frozen=True)
class Cell:
    """A value or its shape, and what is wrong with it."""

    text: str | None
    shaped: bool
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class Row:
    """A record with findings: its physical line, its number, its cells by item."""

    line: int
    record: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Wanted:
    """Which rows to show: all, or those with a rule, an item, and a value of it."""

    rule: str = ""
    item: str = ""
    value: str | None = None


class BrokenRows:
    """The records of one table that have findings."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        stream.seek(-TAIL, SEEK_END)
        start, length = np.frombuffer(stream.read(TAIL), np.uint64).tolist()
        index = json.loads(self._piece((start, length)))
        self._blocks: Sequence[tuple[int, int]] = index["blocks"]
        self._findings: Sequence[Mapping[str, Any]] = index["findings"]
        self.total: int = index["total"]
        self.columns = tuple(Column(each["name"], each["shaped"]) for each in index["columns"])
        self.kinds = tuple(
            Kind(
                number,
                each["rule"],
                each["item"],
                each["severity"],
                each["count"],
                tuple(each["values"]),
            )
            for number, each in enumerate(self._findings)
        )

    def matching(self, wanted: Wanted) -> Numbers | None:
        """Return the places of the rows that are wanted; None for every row."""
        if not (wanted.rule or wanted.item or wanted.value is not None):
            return None
        found = [
            self._places(kind, wanted.value)
            for kind in self.kinds
            if wanted.rule in ("", kind.rule) and wanted.item in ("", kind.item)
        ]
        if len(found) == 1:
            return found[0]
        every = np.concatenate([*found, np.empty(0, np.uint32)])
        return np.asarray(np.unique(every), np.uint32)

    def page(self, places: Numbers | None, start: int, count: int) -> list[Row]:
        """Return some of the rows at the places, from a start."""
        shown = (
            np.arange(start, min(start + count, self.total))
            if places is None
            else (places[start : start + count])
        )
        rows: list[Row] = []
        for block in np.unique(shown // BLOCK).tolist():
            wanted = shown[shown // BLOCK == block] - block * BLOCK
            rows.extend(self._rows(block, wanted.tolist()))
        return rows

    def _places(self, kind: Kind, value: str | None) -> Numbers:
        """Return the places of a finding's rows, or of those with one value."""
        said = self._findings[kind.number]
        places = np.frombuffer(self._piece(said["places"]), np.uint32)
        if value is None:
            return places
        if value not in {text or "" for text in kind.values}:
            return places[:0]
        number = [text or "" for text in kind.values].index(value)
        which = np.frombuffer(self._piece(said["which"]), np.uint16)
        chosen: Numbers = places[which == number]
        return chosen

    def _rows(self, block: int, wanted: Sequence[int]) -> list[Row]:
        """Return rows of one block."""
        head, *lines = self._piece(self._blocks[block]).split(b"\n")
        marks: dict[int, dict[str, list[Kind]]] = {row: {} for row in wanted}
        for number, rows in json.loads(head).items():
            kind = self.kinds[int(number)]
            for row in marks.keys() & set(rows):
                marks[row].setdefault(kind.item, []).append(kind)
        return [self._row(json.loads(lines[row]), marks[row]) for row in wanted]

    def _row(self, said: Mapping[str, Any], marks: Mapping[str, Sequence[Kind]]) -> Row:
        """Return a row with its cells."""
        line, record, *texts = said.values()
        cells = {
            column.name: _cell(text, column, tuple(marks.get(column.name, ())))
            for column, text in zip(self.columns, texts, strict=True)
        }
        return Row(line, record, cells)

    def _piece(self, where: Sequence[int]) -> bytes:
        """Return a compressed piece of the file."""
        start, length = where
        self._stream.seek(start)
        return zlib.decompress(self._stream.read(length))


def _cell(text: str | None, column: Column, kinds: tuple[Kind, ...]) -> Cell:
    """Return a cell as it is shown."""
    if text is not None and text.startswith(SHAPED):
        return Cell(text[1:], shaped=True, kinds=kinds)
    return Cell(text, column.shaped, kinds)
