"""Statistical process control by the Making Data Count rules (XmR charts), for plain numbers.

Limits are the mean plus and minus 2.66 times the mean moving range; a moving range above 3.267
times their mean may be left out once before (screening, Nelson 1982; off unless asked for).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import fmean

LIMIT = 2.66
SCREEN = 3.267
RUN = 7
FEWEST = 2
TRIAL = 12
_TRIO = 3


class Direction(StrEnum):
    """Which way of a measure is good."""

    UP = "up"
    DOWN = "down"
    NEUTRAL = "neutral"


class Cause(StrEnum):
    """What a point's variation is, the first rule that says so."""

    COMMON = "common"
    OUTSIDE = "outside"
    TREND = "trend"
    TWO_OF_THREE = "two_of_three"
    SHIFT = "shift"


class Meaning(StrEnum):
    """Whether special variation is for the better."""

    COMMON = "common"
    IMPROVING = "improving"
    CONCERNING = "concerning"
    NEUTRAL = "neutral"


class Assurance(StrEnum):
    """Whether the process as it is will meet its target."""

    PASS = "pass"  # noqa: S105 - no password: the target will be met
    FAIL = "fail"
    RANDOM = "random"
    NO_TARGET = "none"


@dataclass(frozen=True)
class Limits:
    """The mean and the process limits of a stretch of points."""

    mean: float
    lower: float
    upper: float

    @property
    def near_lower(self) -> float:
        """Two thirds of the way from the mean to the lower limit."""
        return self.mean - (self.mean - self.lower) * 2 / 3

    @property
    def near_upper(self) -> float:
        """Two thirds of the way from the mean to the upper limit."""
        return self.mean + (self.upper - self.mean) * 2 / 3

    def side(self, value: float) -> int:
        """Return 1 above the mean, -1 below, 0 on it."""
        return (value > self.mean) - (value < self.mean)

    def is_outside(self, value: float) -> bool:
        """Whether a value lies beyond a limit."""
        return value > self.upper or value < self.lower

    def is_near(self, value: float) -> bool:
        """Whether a value lies between a near-limit and its limit."""
        return not self.is_outside(value) and (value > self.near_upper or value < self.near_lower)


@dataclass(frozen=True)
class Point:
    """One value, the limits it is held against, and what its variation means."""

    value: float
    limits: Limits
    cause: Cause
    high: bool
    meaning: Meaning


@dataclass(frozen=True)
class Reading:
    """A whole series as read: its points, its icons and whether the limits are only on trial."""

    points: tuple[Point, ...]
    variation: Meaning
    high: bool
    assurance: Assurance
    trial: bool

    @property
    def limits(self) -> Limits:
        """The limits in force at the end of the series."""
        return self.points[-1].limits


def limits_of(values: Sequence[float], *, screening: bool = False) -> Limits:
    """Return the mean and process limits of a stretch of at least one value."""
    mean = fmean(values)
    ranges = [abs(after - before) for before, after in pairwise(values)]
    average = fmean(ranges) if ranges else 0.0
    if screening and ranges:
        average = fmean([one for one in ranges if one < SCREEN * average] or ranges)
    return Limits(mean, mean - LIMIT * average, mean + LIMIT * average)


def read(
    values: Sequence[float],
    *,
    direction: Direction = Direction.NEUTRAL,
    target: float | None = None,
    steps: Sequence[int] = (),
    screening: bool = False,
) -> Reading | None:
    """Read a series in time order; None when there are too few points to say anything.

    `steps` are the places of the points that begin a new stretch with limits of its own.
    """
    if len(values) < FEWEST:
        return None
    bounds = [0, *sorted({step for step in steps if 0 < step < len(values)}), len(values)]
    points: list[Point] = []
    for start, end in pairwise(bounds):
        points += _read_stretch(values[start:end], direction, screening=screening)
    last = points[-1]
    return Reading(
        points=tuple(points),
        variation=last.meaning,
        high=last.high,
        assurance=_assure(last.limits, target, direction),
        trial=bounds[-1] - bounds[-2] < TRIAL,
    )


def _read_stretch(values: Sequence[float], direction: Direction, *, screening: bool) -> list[Point]:
    """Return the points of a stretch that shares its limits."""
    limits = limits_of(values, screening=screening)
    trends = _trends(values)
    shifts = _runs([limits.side(value) for value in values], RUN)
    pairs = _two_of_three(values, limits)
    points = []
    for place, value in enumerate(values):
        cause, high = Cause.COMMON, limits.side(value) > 0
        if limits.is_outside(value):
            cause = Cause.OUTSIDE
        elif trends[place]:
            cause, high = Cause.TREND, trends[place] > 0
        elif pairs[place]:
            cause = Cause.TWO_OF_THREE
        elif shifts[place]:
            cause = Cause.SHIFT
        points.append(Point(value, limits, cause, high, _mean(cause, direction, high=high)))
    return points


def _trends(values: Sequence[float]) -> list[int]:
    """Mark the points of every run of seven that only rises (1) or only falls (-1)."""
    steps = [(after > before) - (after < before) for before, after in pairwise(values)]
    marked = _runs(steps, RUN - 1)
    trends = [0] * len(values)
    for place, mark in enumerate(marked):
        if mark:
            trends[place] = trends[place] or mark
            trends[place + 1] = mark
    return trends


def _runs(signs: Sequence[int], length: int) -> list[int]:
    """Mark the places in every run of at least `length` equal signs that are not zero."""
    marks = [0] * len(signs)
    start = 0
    for place in range(1, len(signs) + 1):
        if place < len(signs) and signs[place] == signs[start]:
            continue
        if signs[start] and place - start >= length:
            marks[start:place] = [signs[start]] * (place - start)
        start = place
    return marks


def _two_of_three(values: Sequence[float], limits: Limits) -> list[bool]:
    """Mark points near a limit in any three on one side of the mean of which two are near it."""
    near = [limits.is_near(value) for value in values]
    sides = [limits.side(value) for value in values]
    marks = [False] * len(values)
    for start in range(len(values) - _TRIO + 1):
        trio = slice(start, start + _TRIO)
        if sum(near[trio]) >= _TRIO - 1 and abs(sum(sides[trio])) == _TRIO:
            marks[trio] = [old or new for old, new in zip(marks[trio], near[trio], strict=True)]
    return marks


def _mean(cause: Cause, direction: Direction, *, high: bool) -> Meaning:
    """Say what special variation to one side means."""
    if cause is Cause.COMMON:
        return Meaning.COMMON
    if direction is Direction.NEUTRAL:
        return Meaning.NEUTRAL
    return Meaning.IMPROVING if high == (direction is Direction.UP) else Meaning.CONCERNING


def _assure(limits: Limits, target: float | None, direction: Direction) -> Assurance:
    """Say whether a process with these limits will meet its target."""
    if target is None or direction is Direction.NEUTRAL:
        return Assurance.NO_TARGET
    if limits.lower <= target <= limits.upper:
        return Assurance.RANDOM
    above = limits.lower > target
    return Assurance.PASS if above == (direction is Direction.UP) else Assurance.FAIL


def say(reading: Reading, unit: str, target: str = "") -> str:
    """Return the sentence that the icons stand for; `unit` is the name of a point, as in weeks."""
    last = reading.points[-1]
    above = "above" if last.high else "below"
    rising = "rising" if last.high else "falling"
    sentence = {
        Cause.COMMON: "Within the expected range.",
        Cause.OUTSIDE: f"The last of the {unit} is {above} the expected range.",
        Cause.TREND: f"{RUN} or more {unit} {rising} in a row: unlikely to be chance.",
        Cause.TWO_OF_THREE: f"Two of three {unit} far {above} the average: unlikely to be chance.",
        Cause.SHIFT: f"{RUN} or more {unit} {above} the average: unlikely to be chance.",
    }[last.cause]
    kind = {Meaning.IMPROVING: " Improving.", Meaning.CONCERNING: " Concerning."}
    assurance = {
        Assurance.PASS: f" Will meet the target of {target} if nothing changes.",
        Assurance.FAIL: f" Will not meet the target of {target} unless something changes.",
        Assurance.RANDOM: f" May or may not meet the target of {target}.",
        Assurance.NO_TARGET: "",
    }[reading.assurance]
    trial = f" Fewer than {TRIAL} {unit}: the limits are on trial." if reading.trial else ""
    return sentence + kind.get(last.meaning, "") + assurance + trial
