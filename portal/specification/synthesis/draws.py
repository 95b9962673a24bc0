"""Chance without a sequence: a draw is a function of who and what, so it is the same on any day."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def salt(*what: object) -> np.uint64:
    """A number for some words."""
    words = "\0".join(str(one) for one in what).encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(words, digest_size=8).digest(), "big"))


def mixed(keys: Keys, with_: Keys | Numbers | np.uint64) -> Keys:
    """New keys from old ones and something else (the finaliser of SplitMix64)."""
    other = with_.astype(np.uint64) if isinstance(with_, np.ndarray) else with_
    with np.errstate(over="ignore"):
        state = (keys ^ other) + _GOLDEN
        state = (state ^ (state >> np.uint64(30))) * _FIRST
        state = (state ^ (state >> np.uint64(27))) * _SECOND
        return np.asarray(state ^ (state >> np.uint64(31)), dtype=np.uint64)


def uniform(keys: Keys, *what: object) -> Shares:
    """A number from 0 up to 1 for each key."""
    return np.asarray((mixed(keys, salt(*what)) >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def between(keys: Keys, lowest: int, highest: int, *what: object) -> Numbers:
    """A whole number for each key, both ends included."""
    return lowest + (uniform(keys, *what) * (highest - lowest + 1)).astype(np.int64)


def normal(keys: Keys, *what: object) -> Shares:
    """A standard normal number for each key (Box and Muller)."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(keys, *what, "radius")))
    return np.asarray(radius * np.cos(2 * np.pi * uniform(keys, *what, "angle")))


def skewed(keys: Keys, spread: Mapping[str, float], *what: object) -> Numbers:
    """A whole number around a median with a long tail, kept between `least` and `most`."""
    number = spread["median"] * np.exp(spread["spread"] * normal(keys, *what))
    kept = np.clip(np.rint(number), spread.get("least", 0), spread["most"])
    return kept.astype(np.int64)


def chosen(keys: Keys, weights: Sequence[float], *what: object) -> Numbers:
    """The place of one of the weights for each key, the heavier the likelier."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges / edges[-1], uniform(keys, *what), side="right").clip(
        max=len(weights) - 1
    )
