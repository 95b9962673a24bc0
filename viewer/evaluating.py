"""The pilot itself, by week: how complete, how soon, how laborious, how good.

Read from the reports of every provider, added up across all of them, controlled, and kept as
figures of the nation; no provider's week is held by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from statistics import median

from django.db.models import F, Func, IntegerField
from django.db.models.fields.json import KT, KeyTransform

from portal.models import Provider
from portal.row_security import NATION
from viewer.disclosure import SMALLEST, average, percentage, single
from viewer.models import NationalFigure, Report, Slot

REJECTED = "rejected"
IN_TIME = 24.0
WEEK = timedelta(days=7)
PREFIX = "evaluation_"


@dataclass(frozen=True)
class Indicator:
    """A figure by which the pilot is judged: what it is, what is good, and what is counted."""

    name: str
    title: str
    unit: str
    direction: str
    definition: str
    target: float | None = None

    @property
    def cube(self) -> str:
        """The name under which its weeks are kept."""
        return PREFIX + self.name


INDICATORS = (
    Indicator(
        "coverage",
        "Days received",
        "percent",
        "up",
        "Of the days of every provider that takes part in the week, those for which an accepted "
        "submission stands.",
    ),
    Indicator(
        "in_time",
        "Days received within 24 hours",
        "percent",
        "up",
        "Of the days received, those whose first accepted submission came within 24 hours of the "
        "end of the reporting period.",
    ),
    Indicator(
        "hours",
        "Hours from the end of the day to receipt",
        "hours",
        "down",
        "The median of all days received; from the end of the reporting period to the first "
        "accepted submission.",
        target=IN_TIME,
    ),
    Indicator(
        "first_go",
        "Days accepted at the first go",
        "percent",
        "up",
        "Of the days for which anything was submitted, those whose first submission was accepted.",
    ),
    Indicator(
        "submissions",
        "Submissions",
        "submissions",
        "neutral",
        "Every submission of a day of the week, rejected ones and later ones too.",
    ),
    Indicator(
        "resubmissions",
        "Resubmissions",
        "submissions",
        "down",
        "Submissions of a day after its first one: the work that is done twice.",
    ),
    Indicator(
        "files",
        "Files prepared",
        "files",
        "neutral",
        "Tables stated in the submissions of the week; each is a file that a provider made.",
    ),
    Indicator(
        "quality",
        "Data quality score",
        "percent",
        "up",
        "The mean score of the submissions that stand.",
    ),
)


@dataclass(frozen=True)
class Week:
    """What one provider sent in a week, before disclosure control."""

    days: int
    tried: int
    first_go: int
    submissions: int
    files: int
    hours: tuple[float, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True)
class _Sent:
    """One submission as its report tells of it."""

    day: date
    transfer: object
    received_at: datetime
    rejected: bool
    score: float | None
    hours: float | None
    files: int


def read_weeks(mondays: Sequence[date]) -> Mapping[date, Week]:
    """Return what the provider in scope sent in each week; weeks without anything are left out."""
    if not mondays:
        return {}
    days = (min(mondays), max(mondays) + WEEK - timedelta(days=1))
    standing = dict(
        Slot.objects.filter(withdrawn=False, period_end__range=days).values_list(
            "period_end", "transfer"
        )
    )
    sent = sorted(_read(days), key=lambda one: (_monday(one.day), one.day, one.received_at))
    return {
        monday: _week(list(those), standing)
        for monday, those in groupby(sent, key=lambda one: _monday(one.day))
    }


def keep_weeks(mondays: Sequence[date], sent: Mapping[str, Mapping[date, Week]]) -> None:
    """Add the weeks of all providers up, control the figures and keep them, in the nation's scope.

    `sent` are the providers' weeks by code.
    """
    cubes = [one.cube for one in INDICATORS]
    NationalFigure.objects.filter(cube__in=cubes, period__in=mondays).delete()
    NationalFigure.objects.bulk_create(
        NationalFigure(cube=PREFIX + name, period=monday, organisation=NATION, value=value)
        for monday in mondays
        if (weeks := [held[monday] for held in sent.values() if monday in held])
        for name, value in figures_of(weeks, _expected(monday, sent)).items()
    )


def figures_of(weeks: Sequence[Week], expected: int) -> Mapping[str, float | None]:
    """Return a week's figures of the nation, as they may be shown; `expected` are days."""
    days = single(sum(week.days for week in weeks))
    hours = [value for week in weeks for value in week.hours]
    in_time = single(sum(value <= IN_TIME for value in hours))
    tried = sum(week.tried for week in weeks)
    submissions = sum(week.submissions for week in weeks)
    return {
        "coverage": percentage(days, single(expected)),
        "in_time": percentage(in_time, single(len(hours))),
        "hours": round(median(hours), 1) if len(hours) >= SMALLEST else None,
        "first_go": percentage(single(sum(week.first_go for week in weeks)), single(tried)),
        "submissions": single(submissions),
        "resubmissions": single(submissions - tried),
        "files": single(sum(week.files for week in weeks)),
        "quality": average([value for week in weeks for value in week.scores]),
    }


def _read(days: tuple[date, date]) -> Iterable[_Sent]:
    """Return the submissions of some days; the database takes from a report what is wanted."""
    files = Func(
        KeyTransform("tables", "content"),
        function="jsonb_array_length",
        output_field=IntegerField(),
    )
    rows = Report.objects.filter(period_end__range=days).values_list(
        F("period_end"),
        F("transfer"),
        F("received_at"),
        F("outcome"),
        KT("content__score"),
        KT("content__timeliness_hours"),
        files,
    )
    for day, transfer, received_at, outcome, score, hours, tables in rows:
        yield _Sent(
            day=day,
            transfer=transfer,
            received_at=received_at,
            rejected=outcome == REJECTED,
            score=_number(score),
            hours=_number(hours),
            files=tables or 0,
        )


def _week(sent: Sequence[_Sent], standing: Mapping[date, object]) -> Week:
    """Return a week from its submissions, in the order in which they came."""
    days = [list(those) for _, those in groupby(sent, key=lambda one: one.day)]
    accepted = [
        next((one for one in those if not one.rejected and one.hours is not None), None)
        for those in days
        if those[0].day in standing
    ]
    stand = [one for one in sent if standing.get(one.day) == one.transfer]
    return Week(
        days=sum(those[0].day in standing for those in days),
        tried=len(days),
        first_go=sum(not those[0].rejected for those in days),
        submissions=len(sent),
        files=sum(one.files for one in sent),
        hours=tuple(one.hours for one in accepted if one and one.hours is not None),
        scores=tuple(one.score for one in stand if one.score is not None),
    )


def _expected(monday: date, sent: Mapping[str, Mapping[date, Week]]) -> int:
    """Return the days that a week should bring: of those who take part, or have sent anyway."""
    sunday = monday + WEEK - timedelta(days=1)
    part = {
        code
        for code, since, until in Provider.objects.values_list("code", "opted_in_on", "left_on")
        if since and since <= monday and (until is None or until > sunday)
    }
    return 7 * len(part | {code for code, weeks in sent.items() if monday in weeks})


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
