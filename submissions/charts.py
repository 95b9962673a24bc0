"""Pictures of what a provider sent, drawn on the server."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Sum
from markupsafe import Markup

from portal import drawing as draw
from portal.drawing import Box, Scale
from portal.models import Provider
from portal.wording import plural, short_day
from submissions.days import newest_by_day
from submissions.models import TableCount

DAYS = 28
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640, 210, 56, 10, 30


def rows_per_day(provider: Provider, last: date) -> Markup:
    """Draw how many rows were accepted for each of the last 28 days; empty when none was."""
    first = last - timedelta(days=DAYS - 1)
    newest = newest_by_day(provider, first, last)
    sums = {
        row["submission"]: row["rows"]
        for row in TableCount.objects.filter(submission__in=newest.values())
        .values("submission")
        .annotate(rows=Sum("accepted"))
        .order_by()
    }
    days = [first + timedelta(days=place) for place in range(DAYS)]
    rows = [sums.get(newest[day].pk, 0) if day in newest else 0 for day in days]
    if not any(rows):
        return Markup("")
    fullest = days[rows.index(max(rows))]
    said = f"{plural(sum(rows), 'row')} in {DAYS} days; most on {short_day(fullest)}"
    parts = _columns(days, rows)
    return draw.picture(_WIDTH, _HEIGHT, "Rows accepted per day", said, parts)


def _columns(days: Sequence[date], rows: Sequence[int]) -> list[Markup]:
    """Return the grid, a column for each day and the dates below."""
    ticks = draw.nice_ticks(0, max(rows), 4)
    up = Scale(0, ticks[-1], _HEIGHT - _BOTTOM, _TOP)
    parts: list[Markup] = []
    for tick in ticks:
        parts.append(draw.line(_LEFT, up(tick), _WIDTH, up(tick), "chart-grid"))
        parts.append(draw.label(_LEFT - 8, up(tick) + 4, draw.number(tick), anchor="end"))
    step = (_WIDTH - _LEFT) / len(days)
    for place, (day, count) in enumerate(zip(days, rows, strict=True)):
        left = _LEFT + step * place + step * 0.12
        tip = f"{short_day(day)}: {plural(count, 'row')}"
        column = Box(left, up(count), step * 0.76, up(0) - up(count))
        parts.append(draw.bar(column, "chart-bar", tip))
        if place % 5 == 0:
            parts.append(draw.label(left, _HEIGHT - 10, short_day(day)))
    parts.append(draw.line(_LEFT, up(0), _WIDTH, up(0), "chart-axis"))
    return parts
