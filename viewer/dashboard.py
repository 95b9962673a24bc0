"""The dashboard: the specification's charts, drawn from the counts of the provider in scope."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.drawing import Drawing, ShownTable, number
from portal.specification import Chart, DataSet, Measure
from viewer import charts, figures
from viewer.captions import LONGEST, Caption, Figure, Process, nothing, so_far
from viewer.figures import WEEK, Coverage, Filters
from viewer.labels import codes_of, label_of
from viewer.lines import line_chart
from viewer.measures import FROM_REPORTS, MET, line_of_service
from viewer.spc import Direction

TILES = "tiles"
NOTHING = "\N{EN DASH}"
MONTH = timedelta(days=28)
_DAYS_SHOWN = 60
_MOST_BARS = 12


@dataclass(frozen=True)
class Tile:
    """One large figure: its name, the figure, and how it compares."""

    name: str
    value: str
    note: str
    tone: str = ""


@dataclass(frozen=True)
class View:
    """What a dashboard is drawn from: the specification, the days there are, and the filters."""

    data_set: DataSet
    coverage: Coverage
    filters: Filters
    last: date
    _read: dict[Filters, Mapping[str, Mapping[date, float]]] = field(default_factory=dict)

    def daily(self, measure: Measure, days: tuple[date, date]) -> Mapping[date, float]:
        """Return a measure's totals by day; those of all measures are read at once."""
        filters = self.narrowed(measure)
        if filters not in self._read:
            self._read[filters] = figures.totals((self.first - WEEK, self.last), filters)
        held = self._read[filters].get(measure.name, {})
        return {day: value for day, value in held.items() if days[0] <= day <= days[1]}

    @property
    def first(self) -> date:
        """The first day looked at."""
        return self.last - WEEK * self.filters.weeks + timedelta(days=1)

    def narrowed(self, measure: Measure) -> Filters:
        """Return the filters as far as the measure is split by them."""
        if has_service_line(self.data_set, measure):
            return self.filters
        return Filters(self.filters.weeks)


def draw_dashboard(view: View) -> tuple[list[Tile], list[Drawing]]:
    """Return the tiles and the charts of the specification, in its order."""
    tiles, drawings = [], []
    for chart in view.data_set.charts.values():
        measure = view.data_set.measures[chart.measure]
        if chart.kind == TILES:
            tiles.append(_tile(view, chart, measure))
        else:
            drawings.append(_DRAWN[chart.kind](view, chart, measure))
    return tiles, drawings


def has_service_line(data_set: DataSet, measure: Measure) -> bool:
    """Whether a measure's counts tell service lines apart."""
    held = line_of_service(data_set)
    if held is None or measure.kind in FROM_REPORTS or measure.table is None:
        return False
    items = data_set.tables[measure.table].items
    return measure.table == held.table or all(name in items for name in held.via)


def _tile(view: View, chart: Chart, measure: Measure) -> Tile:
    """Return one large figure with its change since the week before."""
    now, before = (_tile_figure(view, chart, measure, day) for day in (view.last, view.last - WEEK))
    share = bool(chart.codes)
    if now is None:
        return Tile(chart.title, NOTHING, "No data yet")
    value = f"{now:.1f}%" if share else number(now)
    if before is None:
        return Tile(chart.title, value, chart.caption.capitalize())
    change = now - before
    size = f"{abs(change):.1f} points" if share else number(abs(change))
    if not round(change, 1):
        return Tile(chart.title, value, "No change from the week before")
    note = (
        f"{size} {'more' if change > 0 else 'fewer' if not share else 'less'} than the week before"
    )
    return Tile(chart.title, value, note, _tone(chart, change))


def _tone(chart: Chart, change: float) -> str:
    """Return whether a change is for the good or the bad."""
    if chart.direction == Direction.NEUTRAL:
        return ""
    return "good" if (change > 0) == (chart.direction == Direction.UP) else "bad"


def _tile_figure(view: View, chart: Chart, measure: Measure, day: date) -> float | None:
    """Return a tile's figure on a day, or in the week that ends with it; None without data."""
    if day not in view.coverage.of(measure.name).days:
        return None
    days = (day, day) if chart.over == "latest" else (day - WEEK + timedelta(days=1), day)
    filters = view.narrowed(measure)
    if chart.by and chart.codes:
        counts = figures.by_code(measure.name, chart.by, days, filters)
        total = sum(counts.values())
        return 100 * sum(counts.get(code, 0) for code in chart.codes) / total if total else None
    return sum(view.daily(measure, days).values())


def _bars(view: View, chart: Chart, measure: Measure) -> Drawing:
    """Draw the counts of each code of a split."""
    first = view.last if chart.over == "latest" else view.last - MONTH + timedelta(days=1)
    split = str(chart.by)
    counts = figures.by_code(measure.name, split, (first, view.last), view.narrowed(measure))
    shown = [
        Figure(label_of(view.data_set, measure, split, code), value, code in chart.codes)
        for code, value in _ordered(view.data_set, measure, chart, counts)
    ]
    caption = _caption(view, chart, measure)
    return (
        charts.columns(caption, shown) if chart.kind == "columns" else charts.bars(caption, shown)
    )


def _ordered(
    data_set: DataSet, measure: Measure, chart: Chart, counts: Mapping[str, float]
) -> list[tuple[str, float]]:
    """Return counts in the order of the value set, or the largest first when they are bars."""
    if chart.kind == "columns":
        order = codes_of(data_set, measure, str(chart.by)) or sorted(counts, key=_by_first_number)
        return [(code, counts.get(code, 0)) for code in order if code in counts or chart.codes]
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    return ranked[:_MOST_BARS]


def _by_first_number(code: str) -> tuple[int, str]:
    """Return where a code without a value set stands: 0-4 before 5-9 before 10-14."""
    digits = re.match(r"\d+", code)
    return (int(digits.group()) if digits else -1, code)


def _control_chart(view: View, chart: Chart, measure: Measure) -> Drawing:
    """Draw a measure's whole weeks, or its days, with process limits."""
    starts, values = _series(view, chart, measure)
    if not starts and chart.over == "week":
        return _week_so_far(view, chart, measure)
    return charts.control_chart(
        _caption(view, chart, measure), _process(chart, measure, starts, values)
    )


def _week_so_far(view: View, chart: Chart, measure: Measure) -> Drawing:
    """Say what was counted in a week that is not whole yet."""
    monday = view.last - timedelta(days=view.last.weekday())
    filters, span = view.narrowed(measure), (monday, view.last)
    figure = sum(view.daily(measure, span).values())
    days = sum(monday <= day <= view.last for day in view.coverage.days)
    if not figure and days == WEEK.days:
        return nothing(_caption(view, chart, measure), ShownTable((), ()))
    if measure.kind == "percent_within" and figure:
        met = figures.by_day(measure.name, span, filters, (MET, (MET,)))
        figure = 100 * sum(met.values()) / figure
    text = _process(chart, measure, [], []).text(figure)
    return so_far(
        _caption(view, chart, measure),
        text,
        f"{text} in the week of {monday:%-d %B} so far ({days} of 7 days received). "
        "The chart begins with the first whole week.",
    )


def _line(view: View, chart: Chart, measure: Measure) -> Drawing:
    """Draw a measure's days as a line."""
    starts, values = _series(view, chart, measure)
    return line_chart(_caption(view, chart, measure), _process(chart, measure, starts, values))


_DRAWN: Mapping[str, Callable[[View, Chart, Measure], Drawing]] = {
    "bars": _bars,
    "columns": _bars,
    "control_chart": _control_chart,
    "line": _line,
}


def _process(chart: Chart, measure: Measure, starts: list[date], values: list[float]) -> Process:
    """Return a series with what is good and its target."""
    percent = measure.unit == "percent"
    return Process(
        starts,
        values,
        Direction(chart.direction),
        chart.target,
        percent=percent,
        daily=chart.over == "day",
        hours=measure.unit == "hours",
    )


def _series(view: View, chart: Chart, measure: Measure) -> tuple[list[date], list[float]]:
    """Return starts and figures of a measure's weeks or days; what has no data is left out."""
    filters, coverage = view.narrowed(measure), view.coverage.of(measure.name)
    if chart.over == "day":
        first = max(view.first, view.last - timedelta(days=_DAYS_SHOWN - 1))
        daily = view.daily(measure, (first, view.last))
        days = sorted(day for day in coverage.days if first <= day <= view.last)
        if measure.kind in FROM_REPORTS:
            days = [day for day in days if day in daily]
        longest = LONGEST if measure.unit == "hours" else float("inf")
        return days, [min(daily.get(day, 0.0), longest) for day in days]
    mondays = coverage.whole_weeks(view.first)
    span = (view.first, view.last)
    totals = figures.by_week(view.daily(measure, span), mondays)
    if measure.kind != "percent_within":
        return mondays, totals
    met = figures.by_week(figures.by_day(measure.name, span, filters, (MET, (MET,))), mondays)
    kept = [
        (monday, 100 * part / whole)
        for monday, part, whole in zip(mondays, met, totals, strict=True)
        if whole
    ]
    return [monday for monday, _ in kept], [value for _, value in kept]


def _caption(view: View, chart: Chart, measure: Measure) -> Caption:
    """Return what is said about a chart."""
    subtitle = chart.caption
    if view.filters.is_narrow and not has_service_line(view.data_set, measure):
        subtitle += " All services: this measure does not tell them apart."
    return Caption(
        name=chart.name,
        title=chart.title,
        subtitle=subtitle,
        unit=measure.unit,
        definition=measure.description,
    )
