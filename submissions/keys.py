"""Keys of records as two independent 64-bit hashes: found, compared and held without their text.

Two keys are taken to be the same only if all 128 bits agree; with five million records the chance that
any two different keys ever do is below 10**-25. The seeds differ from run to run, so that nobody can
prepare keys that meet.
"""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int32]
SEEDS = tuple(secrets.randbits(64) for _ in range(2))
NONE = np.uint64(0)


class Keys(NamedTuple):
    """The two hashes of each record's key. A zero in the first means: no key to speak of."""

    first: Hashes
    second: Hashes


def hash_frame(
    frame: pl.DataFrame,
    items: Sequence[str],
    needed: Sequence[str],
    where: pl.Expr | None = None,
) -> Keys:
    """The keys of a frame's records; zero where a needed item is blank or the condition fails."""
    key = pl.col(items[0]) if len(items) == 1 else pl.struct(items)
    first, second = key.hash(SEEDS[0]), key.hash(SEEDS[1])
    asked = [pl.col(item).is_not_null() for item in needed if frame[item].null_count()]
    asked += [] if where is None else [where]
    if asked:
        first = pl.when(pl.all_horizontal(asked)).then(first).otherwise(pl.lit(0, pl.UInt64))
    hashed = frame.select(first=first, second=second)
    return Keys(hashed["first"].to_numpy(), hashed["second"].to_numpy())


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
        self.order: Rows = np.argsort(keys.first, kind="stable").astype(np.int32)
        self.first = keys.first[self.order]
        self.second = keys.second[self.order]
        bits = max(1, len(self.first).bit_length())
        self.shift = np.uint64(64 - bits)
        edges = np.arange(2**bits, dtype=np.uint64) << self.shift
        starts = np.searchsorted(self.first, edges)
        self.starts: Rows = np.append(starts, len(self.first)).astype(np.int32)

    def find(self, keys: Keys) -> Rows:
        """The row of the first record with each key; -1 where there is none or no key."""
        bucket = (keys.first >> self.shift).astype(np.int64)
        place, end = self.starts[bucket], self.starts[bucket + 1]
        found: Rows = np.full(len(keys.first), -1, dtype=np.int32)
        waiting = np.flatnonzero((place < end) & (keys.first != NONE))
        while len(waiting):
            at = place[waiting]
            same = self.first[at] == keys.first[waiting]
            same[same] = self.second[at[same]] == keys.second[waiting[same]]
            found[waiting[same]] = self.order[at[same]]
            waiting = waiting[~same]
            place[waiting] += 1
            waiting = waiting[place[waiting] < end[waiting]]
        return found


def repeated(keys: Keys) -> Rows:
    """The rows whose key occurs more than once."""
    in_order = np.sort(keys.first)
    again = in_order[1:][in_order[1:] == in_order[:-1]]
    again = np.unique(again[again != NONE])
    if not len(again):
        return np.empty(0, np.int32)
    place = np.searchsorted(again, keys.first)
    place[place == len(again)] = 0
    rows = np.flatnonzero(again[place] == keys.first)
    return _confirmed(rows, keys)


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
