"""Count the measures of a provider's records and keep them per day, in place of earlier counts.

A census day sees the newest rows known on that day, so that what arrived later does not change it
unless an earlier period is sent again; other measures are counted from the newest rows of all.
"""

import json
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
from viewer.models import RECORD_MODELS, MeasureCount, Slot
from viewer.relations import (
    NotCounted,
    Statement,
    known_table,
    newest_data_set,
    record_table,
)
from viewer.whole_joins import joined_whole

TOTAL = "total"
_COLUMNS = "provider, measure, split, day, code, service_line, age_group, value"
_TABLE = MeasureCount._meta.db_table  # noqa: SLF001 - Django's documented way
_RECOUNTED = f"""
CREATE TEMPORARY TABLE recounted ON COMMIT DROP AS SELECT {_COLUMNS} FROM {_TABLE} WITH NO DATA
"""  # noqa: S608 - names of ours
# The rows that stood on a day since `since`: until the next row of their key came, if it has.
_KNOWN = """
CREATE TEMPORARY TABLE {known} ON COMMIT DROP AS
SELECT held.*, spans.until FROM {held} AS held JOIN (
    SELECT id, lead(period_end) OVER (PARTITION BY history ORDER BY period_end, row) AS until
    FROM {held}
) AS spans USING (id) WHERE until IS NULL OR until > %s
"""
_IS_KNOWN = "SELECT to_regclass('pg_temp.' || %s) IS NOT NULL"
# Figures that no longer hold go, those that are new come, and the days of both are told.
_KEEP_DIFFERENCE = f"""
WITH old AS (
    SELECT {_COLUMNS}, id FROM {_TABLE}
    WHERE measure = ANY(%(flows)s) OR measure = ANY(%(census)s) AND day >= %(since)s
), gone AS (
    DELETE FROM {_TABLE} WHERE id IN (
        SELECT old.id FROM old LEFT JOIN recounted AS r USING ({_COLUMNS}) WHERE r.day IS NULL
    ) RETURNING day
), come AS (
    INSERT INTO {_TABLE} ({_COLUMNS})
    SELECT {_COLUMNS} FROM recounted EXCEPT SELECT {_COLUMNS} FROM old RETURNING day
)
SELECT day FROM gone UNION SELECT day FROM come
"""  # noqa: S608 - names of ours


def count(provider: str, since: date) -> frozenset[date]:
    """Recount what a transfer can have changed, inside the provider's scope.

    Census days are counted again from `since` on, everything else on every day. Only figures that
    differ are written; return their days.
    """
    slots = Slot.objects.filter(withdrawn=False).order_by("period_end")
    days = list(slots.values_list("period_end", flat=True).distinct())
    first = slots.values_list("period_start", flat=True).order_by("period_start").first()
    with joined_whole(), connections["default"].cursor() as cursor:
        cursor.execute(_RECOUNTED)
        for measure in measures():
            if measure.kind in BY_CENSUS:
                for day in [day for day in days if day >= since]:
                    _count_census(provider, measure, day, since, latest=day == days[-1])
            elif first:
                _count(provider, measure, Statement(newest_data_set()), (first, days[-1]))
        census = [one.name for one in measures() if one.kind in BY_CENSUS]
        flows = [one.name for one in measures() if one.kind not in BY_CENSUS]
        cursor.execute(_KEEP_DIFFERENCE, {"census": census, "flows": flows, "since": since})
        changed = frozenset(day for (day,) in cursor.fetchall())
        known = ", ".join(known_table(name) for name in RECORD_MODELS)
        cursor.execute(f"DROP TABLE IF EXISTS recounted, {known}")
    return changed


def measures() -> list[Measure]:
    """Return the measures that are counted from records."""
    return [one for one in newest_data_set().measures.values() if one.kind not in FROM_REPORTS]


def _count_census(provider: str, measure: Measure, day: date, since: date, *, latest: bool) -> None:
    """Count a measure as it stood at the end of a day; the latest needs the newest rows only."""
    statement = Statement(newest_data_set(), None if latest else day, since)
    _count(provider, measure, statement, (day, day))


def _make_known(statement: Statement) -> None:
    """Make the tables of rows known of late that a statement speaks of, where they are missing."""
    with connections["default"].cursor() as cursor:
        for table in sorted(statement.tables if statement.as_at else ()):
            known = known_table(table)
            cursor.execute(_IS_KNOWN, [known])
            if cursor.fetchone() == (False,):
                cursor.execute(
                    _KNOWN.format(known=known, held=record_table(table)), [statement.since]
                )
                cursor.execute(f"ANALYZE {known}")


def keep(provider: str, measure: str, day: date, value: float | None) -> None:
    """Keep one figure of a measure that comes with the report and not from records."""
    MeasureCount.objects.filter(measure=measure, day=day, split=TOTAL).delete()
    if value is not None:
        MeasureCount.objects.create(
            provider=provider, measure=measure, split=TOTAL, day=day, value=value
        )


def _count(provider: str, measure: Measure, statement: Statement, days: tuple[date, date]) -> None:
    """Count the events of a measure between two days, in total and by each of its splits."""
    try:
        events = events_of(measure, statement, days[1])
    except NotCounted:
        return
    _make_known(statement)
    whose, what = (f"{statement.bind(value)}::text" for value in (provider, measure.name))
    between = f"day BETWEEN {statement.bind(days[0])} AND {statement.bind(days[1])}"
    held = line_of_service(statement.data_set)
    ages = f"{statement.bind(json.dumps(dict(held.ages) if held else {}))}::jsonb"
    groups = [
        f"SELECT {whose}, {what}, {statement.bind(split)}::text, day, code, line, "  # noqa: S608
        f"coalesce({ages} ->> line, ''), count(who) FROM ({_once(events, code)}) "
        "GROUP BY day, line, code"
        for split, code in _groups(events)
    ]
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"WITH events AS ({events.select}), "  # noqa: S608 - made from the specification
            f"counted AS MATERIALIZED (SELECT * FROM events WHERE {between}) "
            f"INSERT INTO recounted ({_COLUMNS}) " + " UNION ALL ".join(groups),
            statement.values,
        )


def _once(events: Events, code: str) -> str:
    """Return what is counted with its code, each once; hashed, where counting DISTINCT sorts."""
    once = "DISTINCT" if events.distinct else ""
    return f"SELECT {once} day, line, {code} AS code, who FROM counted"  # noqa: S608


def _groups(events: Events) -> list[tuple[str, str]]:
    """Return the splits to count by, each with the column of its code."""
    splits = [(split, f"coalesce(split_{place}, '')") for place, split in enumerate(events.splits)]
    return [(TOTAL, "''::text"), *splits] if events.total else splits
