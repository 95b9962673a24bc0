"""Pictures of a data quality report, drawn on the server."""

from collections.abc import Sequence

from markupsafe import Markup

from portal import drawing as draw
from portal.drawing import Box, Scale
from portal.quality_reports import QualityReport, TableCounts
from portal.quality_words import lost
from portal.wording import plural

_WIDTH, _BAR, _GAP, _NAMES, _FIGURES = 380, 22, 12, 200, 44
_LONGEST_NAME = 26
SHOWN_TABLES = 8


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
