"""Keys of records as two independent 64-bit hashes: found, compared and held without their text.

Two keys are taken to be the same only if all 128 bits agree; with five million records the chance
that any two different keys ever do is below 10**-25. The seeds differ from run to run, so that
nobody can prepare keys that meet.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int32]
SEEDS = tuple(secrets.randbits(64) for _ in range(2))
NONE = np.uint64(0)
ODD = np.uint64(0x9E3779B97F4A7C15)


class Keys(NamedTuple):
    """The two hashes of each record's key. A zero in the first means: no key to speak of."""

    first: Hashes
    second: Hashes


class Hashed:
    """The hashes of a chunk's items, each computed once however many keys it is part of."""

    def __init__(self, frame: pl.DataFrame, items: Collection[str]) -> None:
        self.frame = frame
        hashes = [
            pl.col(name).hash(seed).alias(f"{name}{turn}")
            for name in items
            for turn, seed in enumerate(SEEDS)
        ]
        columns = frame.lazy().select(hashes).collect() if hashes else pl.DataFrame()
        self.known = {
            name: Keys(columns[f"{name}0"].to_numpy(), columns[f"{name}1"].to_numpy())
            for name in items
        }

    def key(
        self, items: Sequence[str], needed: Sequence[str], where: pl.Expr | None = None
    ) -> Keys:
        """The keys made of some items; zero where a needed one is blank or the condition fails."""
        first, second = self.known[items[0]]
        for name in items[1:]:
            more = self.known[name]
            first = _mixed(first, more.first)
            second = _mixed(second, more.second)
        asked = [pl.col(name).is_not_null() for name in needed if self.frame[name].null_count()]
        asked += [] if where is None else [where]
        if asked:
            holds = self.frame.lazy().select(pl.all_horizontal(asked)).collect().to_series()
            first = np.where(holds.to_numpy(), first, NONE)
        return Keys(first, second)


def _mixed(one: Hashes, other: Hashes) -> Hashes:
    """Two hashes as one, in which their order counts."""
    turned = (one << np.uint64(27)) | (one >> np.uint64(37))
    turned *= ODD
    turned ^= other
    return turned


def joined(parts: Sequence[Keys]) -> Keys:
    """The keys of a whole table."""
    if not parts:
        return Keys(np.empty(0, np.uint64), np.empty(0, np.uint64))
    return Keys(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
    )


class Index:
    """Find records of a table by key: sorted hashes, entered through their highest bits."""

    def __init__(self, keys: Keys) -> None:
        self.order: Rows = pl.Series(keys.first).arg_sort().to_numpy().astype(np.int32)
        self.first = keys.first[self.order]
        self.second = keys.second[self.order]
        bits = max(1, len(self.first).bit_length())
        self.shift = np.uint64(64 - bits)
        edges = np.arange(2**bits, dtype=np.uint64) << self.shift
        starts = np.searchsorted(self.first, edges)
        self.starts: Rows = np.append(starts, len(self.first)).astype(np.int32)

    def find(self, keys: Keys) -> Rows:
        """The row of the first record with each key; -1 where there is none or no key."""
        found: Rows = np.full(len(keys.first), -1, dtype=np.int32)
        if not len(self.first):
            return found
        bucket = keys.first >> self.shift
        place, end = self.starts[bucket], self.starts[bucket + np.uint64(1)]
        waiting = np.flatnonzero((place < end) & (keys.first != NONE))
        place, end = place[waiting], end[waiting]
        first, second = keys.first[waiting], keys.second[waiting]
        while len(waiting):
            same = (self.first[place] == first) & (self.second[place] == second)
            found[waiting[same]] = self.order[place[same]]
            place += 1
            left = np.flatnonzero(~same & (place < end))
            waiting, place, end = waiting[left], place[left], end[left]
            first, second = first[left], second[left]
        return found


def repeated(keys: Keys) -> Rows:
    """The rows whose key occurs more than once."""
    in_order = pl.Series(keys.first).sort().to_numpy()
    again = np.unique(in_order[1:][in_order[1:] == in_order[:-1]])
    again = again[again != NONE]
    if not len(again):
        return np.empty(0, np.int32)
    among = pl.Series(keys.first).is_in(pl.Series(again).implode())
    return _confirmed(among.arg_true().to_numpy().astype(np.int64), keys)


def _confirmed(rows: npt.NDArray[np.int64], keys: Keys) -> Rows:
    """Of rows that share a first hash, those that share the second too."""
    order = np.lexsort((keys.second[rows], keys.first[rows]))
    rows = rows[order]
    same = (keys.first[rows][1:] == keys.first[rows][:-1]) & (
        keys.second[rows][1:] == keys.second[rows][:-1]
    )
    kept = np.zeros(len(rows), dtype=np.bool_)
    kept[1:] |= same
    kept[:-1] |= same
    return np.sort(rows[kept]).astype(np.int32)


def groups(keys: Keys) -> tuple[Rows, Rows]:
    """Number the distinct keys: the rows in key order, and the group of each of those rows."""
    rows = np.flatnonzero(keys.first != NONE)
    order = rows[np.lexsort((keys.second[rows], keys.first[rows]))]
    if not len(order):
        return order.astype(np.int32), order.astype(np.int32)
    changed = (keys.first[order][1:] != keys.first[order][:-1]) | (
        keys.second[order][1:] != keys.second[order][:-1]
    )
    number = np.concatenate(([0], np.cumsum(changed)))
    return order.astype(np.int32), number.astype(np.int32)
