"""The last sixty days of a provider at a glance, and what is expected today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from portal.models import Provider
from submissions.expectations import Day, DayState, days
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
_NOTHING = ("nothing", "", "nothing received")
_WITHOUT: Mapping[DayState, tuple[str, str, str]] = {
    DayState.NIL: ("accepted", "N", "nil return"),
    DayState.OUTAGE: ("excused", "–", "excused"),
    DayState.NOT_EXPECTED: ("excused", "", "nothing expected"),
    DayState.EXPECTED: ("nothing", "", "not due yet"),
    DayState.MISSING: _NOTHING,
    DayState.RECEIVED: _NOTHING,
    DayState.LATE: _NOTHING,
}
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def calendar(provider: Provider, last: date) -> Calendar:
    """Return the sixty days that end on a day; the last submission for a day stands for it."""
    first = last - timedelta(days=DAYS - 1)
    newest = newest_by_day(provider, first, last)
    squares = [_square(day, newest.get(day.day)) for day in days(provider, first, last)]
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


def _square(day: Day, submission: Submission | None) -> Square:
    """Return a day of the calendar."""
    number, name = str(day.day.day), f"{day.day.day} {day.day:%B}"
    if submission is None:
        kind, sign, says = _WITHOUT[day.state]
        return Square(day.day, kind, sign or number, f"{name}: {says}")
    shown = tag(submission)
    kind, sign = _KINDS.get(shown.tone, ("nothing", ""))
    says = f"{name}: {shown.text}"
    if day.state is DayState.LATE:
        says += ", late"
        if shown.tone == "good":
            kind, sign = "late", "L"
    return Square(day.day, kind, sign or number, says, submission.reference)


def _months(weeks: Sequence[Sequence[Square | None]]) -> list[str]:
    """Return a name for each week in which a month begins, and for the first."""
    names: list[str] = []
    for place, week in enumerate(weeks):
        days = [square.day for square in week if square]
        starts = any(day.day == 1 for day in days) or place == 0
        names.append(f"{days[-1]:%b}" if starts and days else "")
    return names
