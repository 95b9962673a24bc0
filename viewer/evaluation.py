"""The page on the pilot itself: each figure by week as a control chart, and all as a table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.drawing import Drawing, ShownTable
from portal.row_security import NATION
from portal.scope import RECORDS
from portal.wording import short_day
from viewer import charts
from viewer.captions import LONGEST, Caption, Process, hours_in_words
from viewer.evaluating import INDICATORS, PREFIX, Indicator
from viewer.models import NationalFigure
from viewer.spc import Direction

WEEKS = 52
SUPPRESSED = "c"
TOO_FEW = "Too few were counted in every week to be shown."


@dataclass(frozen=True)
class Evaluation:
    """What the page shows: the latest week, a chart for each figure, and all weeks as a table."""

    last: date | None
    latest: tuple[tuple[str, str], ...]
    drawings: tuple[Drawing, ...]
    table: ShownTable


def read_evaluation() -> Evaluation:
    """Return the last year of the pilot's figures, inside the nation's scope."""
    figures = NationalFigure.objects.using(RECORDS).filter(
        organisation=NATION, cube__startswith=PREFIX
    )
    last = figures.order_by("-period").values_list("period", flat=True).first()
    if last is None:
        return Evaluation(None, (), (), ShownTable((), ()))
    held: dict[str, dict[date, float | None]] = {}
    for row in figures.filter(period__gt=last - timedelta(weeks=WEEKS)).order_by("period"):
        held.setdefault(row.cube, {})[row.period] = row.value
    weeks = sorted({week for one in held.values() for week in one}, reverse=True)
    rows = tuple(
        (
            f"{short_day(week)} {week.year}",
            *(_text(one, held.get(one.cube, {}).get(week)) for one in INDICATORS),
        )
        for week in weeks
    )
    return Evaluation(
        last=last,
        latest=tuple(
            (one.title, _text(one, held.get(one.cube, {}).get(last))) for one in INDICATORS
        ),
        drawings=tuple(_draw(one, held.get(one.cube, {})) for one in INDICATORS),
        table=ShownTable(("Week of", *(one.title for one in INDICATORS)), rows),
    )


def _draw(one: Indicator, weeks: Mapping[date, float | None]) -> Drawing:
    """Draw one figure by week; weeks in which it is suppressed are left out."""
    known = {week: value for week, value in weeks.items() if value is not None}
    process = Process(
        list(known),
        [min(value, LONGEST) if one.unit == "hours" else value for value in known.values()],
        Direction(one.direction),
        one.target,
        percent=one.unit == "percent",
        hours=one.unit == "hours",
    )
    subtitle = "All providers, weeks from Monday to Sunday."
    caption = Caption(one.name, one.title, subtitle, one.unit, one.definition)
    drawn = charts.control_chart(caption, process)
    if known or not weeks:
        return drawn
    return replace(drawn, title=f"{one.title}: too few to show", sentence=TOO_FEW)


def _text(one: Indicator, value: float | None) -> str:
    """Return a figure with its unit; c where it is suppressed or could not be made."""
    if value is None:
        return SUPPRESSED
    if one.unit == "hours":
        return hours_in_words(value)
    return f"{value:g}%" if one.unit == "percent" else f"{value:,.0f}"
