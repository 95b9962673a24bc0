"""The last sixty days of a provider at a glance, and what is expected today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from portal.models import Provider
from submissions.models import Submission
from submissions.presenting import tag
from submissions.states import CAME_TO_NOTHING, Mode, State

DAYS = 60
DAYS_IN_WEEK = 7


@dataclass(frozen=True)
class Square:
    """One day of the calendar: its kind, the sign in it and the submission behind it."""

    day: date
    kind: str
    sign: str
    says: str
    reference: str | None = None


@dataclass(frozen=True)
class Calendar:
    """Weeks as columns of seven days, their months, and how many days of each kind."""

    months: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square | None, ...]], ...]
    counts: Mapping[str, int]


_KINDS: Mapping[str, tuple[str, str]] = {
    "good": ("accepted", ""),
    "warn": ("warnings", "!"),
    "bad": ("rejected", "×"),
    "busy": ("working", "…"),
}
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def calendar(provider: Provider, last: date, nil: frozenset[date]) -> Calendar:
    """Return the sixty days that end on a day; the last submission for a day stands for it."""
    first = last - timedelta(days=DAYS - 1)
    newest = newest_by_day(provider, first, last)
    squares = [_square(first + timedelta(days=place), newest, nil) for place in range(DAYS)]
    padded: list[Square | None] = [None] * first.weekday() + list(squares)
    padded += [None] * (-len(padded) % DAYS_IN_WEEK)
    weeks = [padded[start : start + DAYS_IN_WEEK] for start in range(0, len(padded), DAYS_IN_WEEK)]
    return Calendar(
        months=tuple(_months(weeks)),
        rows=tuple(
            (name, tuple(week[place] for week in weeks)) for place, name in enumerate(_NAMES)
        ),
        counts={
            kind: len(list(group))
            for kind, group in groupby(sorted(square.kind for square in squares))
        },
    )


def newest_by_day(provider: Provider, first: date, last: date) -> Mapping[date, Submission]:
    """Return, by reporting day, the newest live submission of those that came to something."""
    found = Submission.objects.filter(
        provider=provider, mode=Mode.LIVE, period_end__range=(first, last)
    ).exclude(state__in=[*CAME_TO_NOTHING, State.WITHDRAWN])
    return {
        submission.period_end: submission
        for submission in found.order_by("started_at")
        if submission.period_end
    }


def _square(day: date, newest: Mapping[date, Submission], nil: frozenset[date]) -> Square:
    """Return a day of the calendar."""
    submission = newest.get(day)
    name = f"{day.day} {day:%B}"
    if submission is None and day in nil:
        return Square(day, "accepted", "N", f"{name}: nil return")
    if submission is None:
        return Square(day, "nothing", str(day.day), f"{name}: nothing received")
    shown = tag(submission)
    kind, sign = _KINDS.get(shown.tone, ("nothing", ""))
    return Square(day, kind, sign or str(day.day), f"{name}: {shown.text}", submission.reference)


def _months(weeks: Sequence[Sequence[Square | None]]) -> list[str]:
    """Return a name for each week in which a month begins, and for the first."""
    names: list[str] = []
    for place, week in enumerate(weeks):
        days = [square.day for square in week if square]
        starts = any(day.day == 1 for day in days) or place == 0
        names.append(f"{days[-1]:%b}" if starts and days else "")
    return names
