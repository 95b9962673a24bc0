"""Charts drawn on the server as SVG: columns, bars and control charts.

Each takes plain figures and returns a Drawing: an active title, the picture, its sentence and the
same figures as a table.
"""

import math
import textwrap
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from markupsafe import Markup

from portal import drawing as draw
from portal.drawing import Box, Drawing, Scale
from viewer.captions import (
    Caption,
    Figure,
    Process,
    day_of,
    figures_table,
    nothing,
    process_table,
    so_far,
)
from viewer.icons import icons_of
from viewer.spc import Limits, Meaning, Reading, read, say

_TOP, _BOTTOM, _LEFT = 14, 34, 52
_LABEL_ROOM = 96
_BAR, _GAP = 26, 12
_CHARACTER = 6.8
_ROOM = 38


def columns(caption: Caption, figures: Sequence[Figure]) -> Drawing:
    """Draw upright bars with their figures above, in the order given."""
    if not any(figure.value for figure in figures):
        return nothing(caption, figures_table(caption, figures))
    height = 250
    ticks = draw.nice_ticks(0, max(figure.value or 0 for figure in figures))
    up = Scale(0, ticks[-1], height - _BOTTOM, _TOP + 8)
    step = (caption.width - _LEFT) / len(figures)
    parts = grid(ticks, up, _LEFT, caption.width)
    shared = _shared_end([figure.label for figure in figures])
    longest = max(len(figure.label.removesuffix(shared)) for figure in figures)
    every = max(1, math.ceil((longest * _CHARACTER + 4) / step))
    for place, figure in enumerate(figures):
        middle = _LEFT + step * (place + 0.5)
        width = min(step * 0.72, 72)
        top = up(figure.value or 0)
        class_ = "chart-bar chart-bar--alert" if figure.stands_out else "chart-bar"
        tip = f"{figure.label}: {draw.number(figure.value)}"
        parts.append(draw.bar(Box(middle - width / 2, top, width, up(0) - top), class_, tip))
        value = draw.number(figure.value)
        parts.append(draw.label(middle, top - 6, value, "chart-value", "middle"))
        if place % every == 0:
            shown = figure.label.removesuffix(shared)
            parts.append(draw.label(middle, height - 14, shown, "chart-label", "middle"))
    parts.append(draw.line(_LEFT, up(0), caption.width, up(0), "chart-axis"))
    return _finish_bars(caption, figures, (height, parts))


def bars(caption: Caption, figures: Sequence[Figure]) -> Drawing:
    """Draw lying bars with their names on the left and figures at their ends."""
    if not any(figure.value for figure in figures):
        return nothing(caption, figures_table(caption, figures))
    longest = max(len(line) for figure in figures for line in _lines(figure.label))
    left = min(longest * _CHARACTER + 12, caption.width * 0.52)
    along = Scale(0, max(figure.value or 0 for figure in figures), left, caption.width - 64)
    parts = []
    for place, figure in enumerate(figures):
        top = 4 + place * (_BAR + _GAP)
        end = along(figure.value or 0)
        class_ = "chart-bar chart-bar--alert" if figure.stands_out else "chart-bar"
        middle = top + _BAR / 2 + 5
        tip = f"{figure.label}: {draw.number(figure.value)}"
        lines = _lines(figure.label)
        for row, text in enumerate(lines):
            y = middle + (row - (len(lines) - 1) / 2) * 14
            parts.append(draw.label(left - 10, y, text, anchor="end"))
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
    ticks = _process_ticks(process, reading.limits)
    up = Scale(ticks[0], ticks[-1], height - _BOTTOM, _TOP)
    right = caption.width - _LABEL_ROOM
    along = time_scale(process, _LEFT + 8, right)
    parts = grid(ticks, up, _LEFT, right)
    parts += _limit_lines(process, reading, up, right)
    spots = [
        (along(start.toordinal()), up(value))
        for start, value in zip(process.starts, process.values, strict=True)
    ]
    parts += series(process, spots)
    parts += [
        draw.mark(x, y, point.meaning.value, f"{day_of(start)}: {process.text(point.value)}")
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


def _process_ticks(process: Process, limits: Limits) -> list[float]:
    """Return the figures beside a control chart: limits that nothing can reach are left out."""
    floor = 0.0 if min(process.values) >= 0 else limits.lower
    ceiling = 100.0 if process.percent else limits.upper
    shown = [*process.values, min(limits.upper, ceiling), max(limits.lower, floor), limits.mean]
    shown += [process.target] if process.target is not None else []
    return draw.nice_ticks(min(shown), max(shown))


def _too_few(caption: Caption, process: Process) -> Drawing:
    """Return what can be said of a series of no point or one."""
    table = process_table(caption, process, None)
    if not process.values:
        return nothing(caption, table)
    figure = process.text(process.values[-1])
    when = f"{'' if process.daily else 'week of '}{day_of(process.starts[-1])}"
    return so_far(
        caption, figure, f"{figure}, {when}. A chart is drawn from two {process.unit} on.", table
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
    if limits.upper == limits.lower:
        lines = [("Mean", limits.mean, "chart-mean")]
    if process.target is not None:
        lines.append(("Target", process.target, "chart-target"))
    most = 100 if process.percent else up.high
    drawn = [one for one in lines if up.low - 1e-9 <= one[1] <= most + 1e-9]
    heights = draw.place([up(value) for _, value, _ in drawn])
    parts = []
    for (name, value, class_), y in zip(drawn, heights, strict=True):
        parts.append(draw.line(_LEFT, up(value), right, up(value), class_))
        parts.append(
            draw.label(right + 8, y + 4, f"{name} {process.text(value)}", class_ + "-name")
        )
    return parts


def time_scale(process: Process, left: float, right: float) -> Scale:
    """Return where a day lies, by its ordinal, so that what is missing leaves its room empty."""
    first, last = process.starts[0].toordinal(), process.starts[-1].toordinal()
    return Scale(first, max(last, first + 1), left, right)


def series(process: Process, spots: Sequence[tuple[float, float]]) -> list[Markup]:
    """Return the line through a series, broken where a day or a week is missing."""
    step = timedelta(days=1) if process.daily else timedelta(weeks=1)
    stretches: list[list[tuple[float, float]]] = []
    for place, spot in enumerate(spots):
        if place and process.starts[place] - process.starts[place - 1] == step:
            stretches[-1].append(spot)
        else:
            stretches.append([spot])
    return [draw.path(one, "chart-series") for one in stretches if len(one) > 1]


def dates(starts: Sequence[date], along: Scale, height: int) -> list[Markup]:
    """Return dates under a series, evenly apart and as many as have room."""
    first, last = starts[0].toordinal(), starts[-1].toordinal()
    step = min((later - one).days for one, later in pairwise(starts)) if starts[1:] else 1
    every = step * max(1, -(-((last - first) // step + 1) // 7))
    return [
        draw.label(along(day), height - 12, day_of(date.fromordinal(day)), "chart-label", "middle")
        for day in range(first, last + 1, every)
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
        table=figures_table(caption, figures),
        sentence=sentence,
        definition=caption.definition,
        wide=caption.wide,
    )


def _shared_end(labels: Sequence[str]) -> str:
    """Return the last word of labels with its space if all of them end with it."""
    ends = {label.rpartition(" ")[2] for label in labels if " " in label}
    alike = len(ends) == 1 and len(labels) > 1 and all(" " in label for label in labels)
    return f" {ends.pop()}" if alike else ""


def _lines(text: str) -> list[str]:
    """Return a label in one line, or in two where it is too long for one."""
    return textwrap.wrap(text, _ROOM, max_lines=2, placeholder="…") or [""]
