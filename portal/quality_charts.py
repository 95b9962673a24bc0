"""Pictures of a data quality report, drawn on the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from portal import drawing as draw
from portal.drawing import Box, Scale
from portal.quality_reports import QualityReport, TableCounts
from portal.quality_words import lost
from portal.wording import number, plural, short_day

_WIDTH, _BAR, _GAP, _NAMES, _FIGURES = 380, 22, 12, 200, 44
_LONGEST_NAME = 26
SHOWN_TABLES = 8
_TREND_HEIGHT, _TOP, _BOTTOM, _LEFT, _RIGHT = 190, 12, 30, 36, 372
_SMALL_WIDTH, _SMALL_HEIGHT = 110, 26
_ROOM = 2.0
FULL = 100.0


@dataclass(frozen=True)
class Scored:
    """One submission's score, and the reporting day it is of."""

    day: date
    score: float


def lost_by_table(report: QualityReport) -> Markup:
    """Draw how many rows of each table were left out, the most first; empty when none was."""
    tables = sorted((one for one in report.tables if lost(one)), key=lost, reverse=True)
    if not tables:
        return Markup("")
    shown = tables[:SHOWN_TABLES]
    along = Scale(0, lost(shown[0]), _NAMES, _WIDTH - _FIGURES)
    parts = [part for place, table in enumerate(shown) for part in _bar(place, table, along)]
    height = len(shown) * (_BAR + _GAP)
    said = ", ".join(f"{table.table} {lost(table):,}" for table in shown)
    return draw.picture(_WIDTH, height, "Rows left out by table", said, parts)


def _bar(place: int, table: TableCounts, along: Scale) -> Sequence[Markup]:
    """Return one table's name, bar and figure."""
    top, count = place * (_BAR + _GAP), lost(table)
    middle, end = top + _BAR / 2 + 5, along(count)
    tip = f"{table.title}: {plural(count, 'row')} left out"
    name = table.table if len(table.table) <= _LONGEST_NAME else table.table[:_LONGEST_NAME] + "…"
    return (
        draw.label(_NAMES - 8, middle, name, anchor="end"),
        draw.bar(Box(_NAMES, top, max(end - _NAMES, 2), _BAR), "chart-bar chart-bar--alert", tip),
        draw.label(max(end, _NAMES + 2) + 6, middle, f"{count:,}", "chart-value"),
    )


def score_trend(scored: Sequence[Scored], target: float) -> Markup:
    """Draw the score of some submissions, the oldest first, beside the target; empty for none."""
    if not scored:
        return Markup("")
    scores = [one.score for one in scored]
    ticks = draw.nice_ticks(_lowest(scores, target), FULL, 4)
    up = Scale(ticks[0], ticks[-1], _TREND_HEIGHT - _BOTTOM, _TOP)
    spots = _spots(scores, up, _LEFT + 8, _RIGHT - 8)
    parts = [draw.line(_LEFT, up(tick), _RIGHT, up(tick), "chart-grid") for tick in ticks]
    parts += [
        draw.label(_LEFT - 6, up(tick) + 4, number(tick), anchor="end")
        for tick in ticks
        if abs(tick - target) > (ticks[1] - ticks[0]) / 3
    ]
    parts.append(draw.line(_LEFT, up(target), _RIGHT, up(target), "chart-target"))
    parts.append(
        draw.label(_LEFT - 6, up(target) + 4, number(target), "chart-target-name", anchor="end")
    )
    parts.append(draw.path(spots, "chart-series"))
    parts += [
        draw.mark(x, y, "common", f"{short_day(one.day)}: {number(one.score, 1)}")
        for (x, y), one in zip(spots, scored, strict=True)
    ]
    foot = _TREND_HEIGHT - 8
    parts.append(draw.label(_LEFT, foot, short_day(scored[0].day)))
    if len(scored) > 1:
        parts.append(draw.label(_RIGHT, foot, short_day(scored[-1].day), anchor="end"))
    said = f"{number(min(scores), 1)} to {number(max(scores), 1)}; now {number(scores[-1], 1)}"
    return draw.picture(_WIDTH, _TREND_HEIGHT, "Score by submission", said, parts)


def small_trend(scores: Sequence[float], target: float, name: str) -> Markup:
    """Draw an item's scores, the oldest first, small enough for a cell; empty for fewer than 2."""
    if len(scores) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup("")
    up = Scale(_lowest(scores, target), FULL, _SMALL_HEIGHT - 4, 4)
    spots = _spots(scores, up, 3, _SMALL_WIDTH - 6)
    kind = "common" if scores[-1] >= target else "concerning"
    said = (
        f"{name}: {number(scores[-1], 1)} now, {number(min(scores), 1)} to "
        f"{number(max(scores), 1)} over {plural(len(scores), 'submission')}"
    )
    parts = (
        draw.line(0, up(target), _SMALL_WIDTH, up(target), "chart-target"),
        draw.path(spots, "chart-series"),
        draw.mark(*spots[-1], kind, said),
    )
    return draw.picture(_SMALL_WIDTH, _SMALL_HEIGHT, said, said, parts)


def _lowest(scores: Sequence[float], target: float) -> float:
    """Return where a scale of scores begins: a little below the lowest and the target."""
    return max(0.0, min(*scores, target) - _ROOM)


def _spots(
    scores: Sequence[float], up: Scale, start: float, end: float
) -> list[tuple[float, float]]:
    """Return the places of scores in a picture, spread evenly."""
    along = Scale(0, len(scores) - 1, start, end)
    return [(along(place), up(score)) for place, score in enumerate(scores)]
