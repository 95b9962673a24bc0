"""Charts drawn on the server as SVG: columns, bars and control charts.

Each takes plain figures and returns a Drawing: an active title, the picture, its sentence and the
same figures as a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from portal import drawing as draw
from portal.drawing import Box, Drawing, Scale, ShownTable
from viewer.icons import icons_of
from viewer.spc import Direction, Meaning, Reading, read, say

WIDE, NARROW = 660, 460
_TOP, _BOTTOM, _LEFT = 14, 34, 52
_LABEL_ROOM = 96
_BAR, _GAP = 26, 12
_CHARACTER = 7.2


@dataclass(frozen=True)
class Caption:
    """What is said about a chart beside its figures."""

    name: str
    title: str
    subtitle: str
    unit: str
    definition: str = ""
    wide: bool = False

    @property
    def width(self) -> int:
        """The width of the picture in pixels."""
        return WIDE if self.wide else NARROW


@dataclass(frozen=True)
class Figure:
    """One bar: its label, its figure (None when suppressed), and whether to make it stand out."""

    label: str
    value: float | None
    stands_out: bool = False


@dataclass(frozen=True)
class Process:
    """A series for a control chart: the first days of its weeks, its figures, and what is good."""

    starts: Sequence[date]
    values: Sequence[float]
    direction: Direction = Direction.NEUTRAL
    target: float | None = None
    percent: bool = False
    daily: bool = False

    @property
    def unit(self) -> str:
        """What a point stands for, in the plural."""
        return "days" if self.daily else "weeks"

    def text(self, value: float | None) -> str:
        """Return a figure of the series for reading."""
        return f"{value:.1f}%" if self.percent and value is not None else draw.number(value, 1)


def columns(caption: Caption, figures: Sequence[Figure]) -> Drawing:
    """Draw upright bars with their figures above, in the order given."""
    if not any(figure.value for figure in figures):
        return nothing(caption, _figures_table(caption, figures))
    height = 250
    ticks = draw.nice_ticks(0, max(figure.value or 0 for figure in figures))
    up = Scale(0, ticks[-1], height - _BOTTOM, _TOP + 8)
    step = (caption.width - _LEFT) / len(figures)
    parts = grid(ticks, up, _LEFT, caption.width)
    for place, figure in enumerate(figures):
        middle = _LEFT + step * (place + 0.5)
        width = min(step * 0.72, 72)
        top = up(figure.value or 0)
        class_ = "chart-bar chart-bar--alert" if figure.stands_out else "chart-bar"
        tip = f"{figure.label}: {draw.number(figure.value)}"
        parts.append(draw.bar(Box(middle - width / 2, top, width, up(0) - top), class_, tip))
        value = draw.number(figure.value)
        parts.append(draw.label(middle, top - 6, value, "chart-value", "middle"))
        parts.append(draw.label(middle, height - 14, figure.label, "chart-label", "middle"))
    parts.append(draw.line(_LEFT, up(0), caption.width, up(0), "chart-axis"))
    return _finish_bars(caption, figures, (height, parts))


def bars(caption: Caption, figures: Sequence[Figure]) -> Drawing:
    """Draw lying bars with their names on the left and figures at their ends."""
    if not any(figure.value for figure in figures):
        return nothing(caption, _figures_table(caption, figures))
    longest = max(len(_short(figure.label)) for figure in figures)
    left = min(longest * _CHARACTER + 12, caption.width * 0.52)
    along = Scale(0, max(figure.value or 0 for figure in figures), left, caption.width - 64)
    parts = []
    for place, figure in enumerate(figures):
        top = 4 + place * (_BAR + _GAP)
        end = along(figure.value or 0)
        class_ = "chart-bar chart-bar--alert" if figure.stands_out else "chart-bar"
        middle = top + _BAR / 2 + 5
        tip = f"{figure.label}: {draw.number(figure.value)}"
        parts.append(draw.label(left - 10, middle, _short(figure.label), anchor="end"))
        parts.append(draw.bar(Box(left, top, end - left, _BAR), class_, tip))
        parts.append(draw.label(end + 8, middle, draw.number(figure.value), "chart-value"))
    height = len(figures) * (_BAR + _GAP) + 8
    parts.append(draw.line(left, 0, left, height - 4, "chart-axis"))
    return _finish_bars(caption, figures, (height, parts))


def control_chart(caption: Caption, process: Process) -> Drawing:
    """Draw a series with its process limits, its icons and the sentence they stand for."""
    reading = read(process.values, direction=process.direction, target=process.target)
    if reading is None:
        return _too_few(caption, process)
    height = 270
    limits = reading.limits
    floor = 0.0 if min(process.values) >= 0 else limits.lower
    shown = [*process.values, limits.upper, max(limits.lower, floor), limits.mean]
    shown += [process.target] if process.target is not None else []
    ticks = draw.nice_ticks(min(shown), max(shown))
    up = Scale(ticks[0], ticks[-1], height - _BOTTOM, _TOP)
    right = caption.width - _LABEL_ROOM
    along = Scale(0, len(process.values) - 1, _LEFT + 8, right)
    parts = grid(ticks, up, _LEFT, right)
    parts += _limit_lines(process, reading, up, right)
    spots = [(along(place), up(value)) for place, value in enumerate(process.values)]
    parts.append(draw.path(spots, "chart-series"))
    parts += [
        draw.mark(x, y, point.meaning.value, f"{_day(start)}: {process.text(point.value)}")
        for (x, y), point, start in zip(spots, reading.points, process.starts, strict=True)
    ]
    parts += dates(process.starts, along, height)
    target = process.text(process.target) if process.target is not None else ""
    sentence = say(reading, process.unit, target)
    title = f"{caption.title}: {_finding(reading)}"
    return Drawing(
        name=caption.name,
        title=title,
        subtitle=caption.subtitle,
        svg=draw.picture(caption.width, height, title, sentence, parts),
        table=process_table(caption, process, reading),
        sentence=sentence,
        icons=icons_of(reading),
        definition=caption.definition,
        wide=caption.wide,
    )


def nothing(caption: Caption, table: ShownTable) -> Drawing:
    """Return a drawing that says there is nothing to draw."""
    return Drawing(
        name=caption.name,
        title=f"{caption.title}: nothing counted",
        subtitle=caption.subtitle,
        svg=Markup(""),
        table=table,
        sentence="Nothing was counted in this period.",
        definition=caption.definition,
        empty=True,
        wide=caption.wide,
    )


def _too_few(caption: Caption, process: Process) -> Drawing:
    """Return what can be said of a series of no point or one."""
    table = process_table(caption, process, None)
    if not process.values:
        return nothing(caption, table)
    figure = process.text(process.values[-1])
    return Drawing(
        name=caption.name,
        title=f"{caption.title}: {figure}",
        subtitle=caption.subtitle,
        svg=Markup(""),
        table=table,
        sentence=f"{figure}, {'' if process.daily else 'week of '}{_day(process.starts[-1])}. "
        f"A chart is drawn from two {process.unit} on.",
        definition=caption.definition,
        empty=True,
        wide=caption.wide,
    )


def _finding(reading: Reading) -> str:
    """Return the end of a control chart's title."""
    if reading.variation is Meaning.COMMON:
        return "no significant change"
    return "higher than usual" if reading.high else "lower than usual"


def _limit_lines(process: Process, reading: Reading, up: Scale, right: float) -> list[Markup]:
    """Return mean, limits and target with labels that do not collide."""
    limits = reading.limits
    lines = [
        ("Upper", limits.upper, "chart-limit"),
        ("Mean", limits.mean, "chart-mean"),
        ("Lower", limits.lower, "chart-limit"),
    ]
    if process.target is not None:
        lines.append(("Target", process.target, "chart-target"))
    drawn = [one for one in lines if one[1] >= up.low - 1e-9]
    heights = draw.place([up(value) for _, value, _ in drawn])
    parts = []
    for (name, value, class_), y in zip(drawn, heights, strict=True):
        parts.append(draw.line(_LEFT, up(value), right, up(value), class_))
        parts.append(
            draw.label(right + 8, y + 4, f"{name} {process.text(value)}", class_ + "-name")
        )
    return parts


def dates(starts: Sequence[date], along: Scale, height: int) -> list[Markup]:
    """Return the dates under a series, as many as have room."""
    every = max(1, -(-len(starts) // 7))
    return [
        draw.label(along(place), height - 12, _day(start), "chart-label", "middle")
        for place, start in enumerate(starts)
        if place % every == 0
    ]


def grid(ticks: Sequence[float], up: Scale, left: float, right: float) -> list[Markup]:
    """Return the lines across a chart and the figures beside them."""
    parts = []
    for tick in ticks:
        parts.append(draw.line(left, up(tick), right, up(tick), "chart-grid"))
        parts.append(draw.label(left - 8, up(tick) + 4, draw.number(tick, 1), anchor="end"))
    return parts


def _finish_bars(
    caption: Caption, figures: Sequence[Figure], drawn: tuple[float, list[Markup]]
) -> Drawing:
    """Return a bar chart with its title, sentence and table."""
    height, parts = drawn
    known = [figure for figure in figures if figure.value]
    top = max(known, key=lambda figure: figure.value or 0)
    total = sum(figure.value or 0 for figure in figures)
    share = round(100 * (top.value or 0) / total) if total else 0
    sentence = f"Most: {top.label}, {draw.number(top.value)} of {draw.number(total)} ({share}%)."
    return Drawing(
        name=caption.name,
        title=caption.title,
        subtitle=caption.subtitle,
        svg=draw.picture(caption.width, height, caption.title, sentence, parts),
        table=_figures_table(caption, figures),
        sentence=sentence,
        definition=caption.definition,
        wide=caption.wide,
    )


def _figures_table(caption: Caption, figures: Sequence[Figure]) -> ShownTable:
    """Return the figures of a bar chart as a table."""
    rows = tuple((figure.label, draw.number(figure.value)) for figure in figures)
    return ShownTable(("", caption.unit.capitalize()), rows)


def process_table(caption: Caption, process: Process, reading: Reading | None) -> ShownTable:
    """Return a series as a table, newest first, with what each point's variation means."""
    meanings = [point.meaning.value for point in reading.points] if reading else []
    rows = [
        (
            f"{_day(start)} {start.year}",
            process.text(value),
            meanings[place].capitalize() if meanings else "",
        )
        for place, (start, value) in enumerate(zip(process.starts, process.values, strict=True))
    ]
    return ShownTable(
        ("Day" if process.daily else "Week of", caption.unit.capitalize(), "Variation"),
        tuple(reversed(rows)),
    )


def _short(text: str, room: int = 34) -> str:
    """Return a label cut to the room there is for it."""
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def _day(day: date) -> str:
    """Return a day as in 5 Mar."""
    return f"{day.day} {day:%b}"
