"""Read the counts of the provider in scope: by code, by day and by whole week."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connections
from django.db.models import QuerySet, Sum

from portal.scope import RECORDS
from portal.specification import load_data_set
from viewer.counting import TOTAL
from viewer.models import MeasureCount, Slot

WEEK = timedelta(days=7)
# One look into the index for each line, where DISTINCT reads every count there is.
_LINES_COUNTED = f"""
SELECT line FROM unnest(%s::text[]) AS line
WHERE EXISTS (SELECT 1 FROM {MeasureCount._meta.db_table} AS held WHERE held.service_line = line)
"""  # noqa: S608, SLF001 - a name of ours, and Django's documented way to it


@dataclass(frozen=True)
class Coverage:
    """The days for which data stands, in which version, and when the last of it was received."""

    days: frozenset[date]
    received_at: datetime | None
    versions: Mapping[str, frozenset[date]]

    @property
    def last(self) -> date | None:
        """The last day for which data stands."""
        return max(self.days, default=None)

    def of(self, measure: str) -> "Coverage":
        """Return the days of the versions that have a measure; on others it has no figure."""
        having = [
            days
            for version, days in self.versions.items()
            if measure in load_data_set(settings.DATA_SET, version).measures
        ]
        return replace(self, days=frozenset[date]().union(*having))

    def whole_weeks(self, first: date) -> list[date]:
        """Return the Mondays, from a day on, of weeks of which every day is there."""
        mondays = {day - timedelta(days=day.weekday()) for day in self.days if day >= first}
        return sorted(
            monday
            for monday in mondays
            if all(monday + timedelta(days=place) in self.days for place in range(7))
        )


@dataclass(frozen=True)
class Filters:
    """What part of a provider's counts is looked at."""

    weeks: int = 52
    service_line: str = ""
    age_group: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether only a part of the services is looked at."""
        return bool(self.service_line or self.age_group)


def read_coverage() -> Coverage:
    """Return the days that stand for the provider in scope."""
    versions: dict[str, set[date]] = {}
    received_at: datetime | None = None
    slots = Slot.objects.using(RECORDS).filter(withdrawn=False)
    held = ("data_set_version", "period_start", "period_end", "received_at")
    for version, first, last, received in slots.values_list(*held):
        length = (last - first).days + 1
        days = versions.setdefault(version, set())
        days.update(first + timedelta(days=place) for place in range(length))
        received_at = max(received_at or received, received)
    kept = {version: frozenset(days) for version, days in versions.items()}
    return Coverage(frozenset[date]().union(*kept.values()), received_at, kept)


def by_code(
    measure: str, split: str, days: tuple[date, date], filters: Filters
) -> Mapping[str, float]:
    """Return the sum for each code of a split between two days, both included."""
    rows = _counts(measure, split, days, filters).values("code").annotate(sum=Sum("value"))
    return {row["code"]: row["sum"] for row in rows}


def by_day(
    measure: str,
    days: tuple[date, date],
    filters: Filters,
    codes: tuple[str, Iterable[str]] = ("", ()),
) -> Mapping[date, float]:
    """Return the sum for each day; of some codes of a split where they are given."""
    split, wanted = codes
    counts = _counts(measure, split or TOTAL, days, filters)
    if split:
        counts = counts.filter(code__in=list(wanted))
    rows = counts.values("day").annotate(sum=Sum("value"))
    return {row["day"]: row["sum"] for row in rows}


def totals(days: tuple[date, date], filters: Filters) -> Mapping[str, Mapping[date, float]]:
    """Return the total of every measure for each day, in one query for a whole page."""
    counts = MeasureCount.objects.using(RECORDS).filter(split=TOTAL, day__range=days)
    rows = _narrowed(counts, filters).values_list("measure", "day").annotate(Sum("value"))
    found: dict[str, dict[date, float]] = {}
    for measure, day, value in rows:
        found.setdefault(measure, {})[day] = value
    return found


def lines_counted(lines: Iterable[str]) -> list[str]:
    """Return those of the service lines that the provider in scope has counts for."""
    with connections[RECORDS].cursor() as cursor:
        cursor.execute(_LINES_COUNTED, [list(lines)])
        return [line for (line,) in cursor.fetchall()]


def by_week(daily: Mapping[date, float], mondays: Iterable[date]) -> list[float]:
    """Return the sum of each week; a day without a count is nought."""
    return [
        sum(daily.get(monday + timedelta(days=place), 0.0) for place in range(7))
        for monday in mondays
    ]


def _counts(
    measure: str, split: str, days: tuple[date, date], filters: Filters
) -> QuerySet[MeasureCount]:
    """Return the counts of a measure and split, between two days, narrowed by the filters."""
    counts = MeasureCount.objects.using(RECORDS).filter(
        measure=measure, split=split, day__range=days
    )
    return _narrowed(counts, filters)


def _narrowed(counts: QuerySet[MeasureCount], filters: Filters) -> QuerySet[MeasureCount]:
    """Return counts narrowed by the filters."""
    if filters.service_line:
        counts = counts.filter(service_line=filters.service_line)
    if filters.age_group:
        counts = counts.filter(age_group=filters.age_group)
    return counts
