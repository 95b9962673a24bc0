"""Count the measures of a provider's records and keep them per day, in place of earlier counts.

A census day sees the newest rows known on that day, so that what arrived later does not change it
unless an earlier period is sent again; other measures are counted from the newest rows of all.
"""

import json
from collections.abc import Iterable
from datetime import date

from django.db import connections

from portal.specification import Measure
from viewer.measures import (
    BY_CENSUS,
    FROM_REPORTS,
    Events,
    events_of,
    line_of_service,
)
from viewer.models import MeasureCount, Slot
from viewer.relations import NotCounted, Statement, newest_data_set

TOTAL = "total"
_COLUMNS = "provider, measure, split, day, code, service_line, age_group, value"


def count(provider: str, period_end: date) -> None:
    """Recount what a transfer for a period can have changed, inside the provider's scope."""
    slots = Slot.objects.filter(withdrawn=False).order_by("period_end")
    days = list(slots.values_list("period_end", flat=True).distinct())
    first = slots.values_list("period_start", flat=True).order_by("period_start").first()
    for measure in newest_data_set().measures.values():
        if measure.kind in BY_CENSUS:
            _clear(measure, since=period_end)
            count_census(provider, measure, [day for day in days if day >= period_end], days[-1:])
        elif measure.kind not in FROM_REPORTS:
            _clear(measure)
            if first:
                _count(provider, measure, Statement(newest_data_set()), (first, days[-1]))


def count_census(
    provider: str, measure: Measure, days: Iterable[date], latest: Iterable[date]
) -> None:
    """Count a measure as it stood at the end of each day; the latest needs the newest rows only."""
    for day in days:
        as_at = None if day in latest else day
        _count(provider, measure, Statement(newest_data_set(), as_at), (day, day))


def keep(provider: str, measure: str, day: date, value: float | None) -> None:
    """Keep one figure of a measure that comes with the report and not from records."""
    MeasureCount.objects.filter(measure=measure, day=day, split=TOTAL).delete()
    if value is not None:
        MeasureCount.objects.create(
            provider=provider, measure=measure, split=TOTAL, day=day, value=value
        )


def _clear(measure: Measure, since: date | None = None) -> None:
    """Remove earlier counts of a measure, all or since a day."""
    earlier = MeasureCount.objects.filter(measure=measure.name)
    (earlier.filter(day__gte=since) if since else earlier).delete()


def _count(provider: str, measure: Measure, statement: Statement, days: tuple[date, date]) -> None:
    """Count the events of a measure between two days, in total and by each of its splits."""
    try:
        events = events_of(measure, statement, days[1])
    except NotCounted:
        return
    whose, what = (f"{statement.bind(value)}::text" for value in (provider, measure.name))
    between = f"day BETWEEN {statement.bind(days[0])} AND {statement.bind(days[1])}"
    held = line_of_service(statement.data_set)
    ages = f"{statement.bind(json.dumps(dict(held.ages) if held else {}))}::jsonb"
    figure = "count(DISTINCT who)" if events.distinct else "count(*)"
    groups = [
        f"SELECT {whose}, {what}, {statement.bind(split)}::text, day, {code}, line, "  # noqa: S608
        f"coalesce({ages} ->> line, ''), {figure} FROM counted GROUP BY day, line, {code}"
        for split, code in _groups(events)
    ]
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"WITH events AS ({events.select}), "  # noqa: S608 - made from the specification
            f"counted AS MATERIALIZED (SELECT * FROM events WHERE {between}) "
            f"INSERT INTO {MeasureCount._meta.db_table} ({_COLUMNS}) " + " UNION ALL ".join(groups),  # noqa: SLF001 - Django's documented way
            statement.values,
        )


def _groups(events: Events) -> list[tuple[str, str]]:
    """Return the splits to count by, each with the column of its code."""
    splits = [(split, f"coalesce(split_{place}, '')") for place, split in enumerate(events.splits)]
    return [(TOTAL, "''::text"), *splits] if events.total else splits
