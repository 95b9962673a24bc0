"""Plain lines: a daily series beside its target, and the sparkline of a table's row."""

from collections.abc import Sequence

from markupsafe import Markup

from portal import drawing as draw
from portal.drawing import Drawing, Scale
from viewer.captions import Caption, Process, nothing, process_table
from viewer.charts import dates, grid, series, time_scale

_HEIGHT, _TOP, _BOTTOM, _LEFT, _LABEL_ROOM = 230, 14, 34, 52, 96
_SPARK_WIDTH, _SPARK_HEIGHT = 120, 28


def line_chart(caption: Caption, process: Process) -> Drawing:
    """Draw a series as a line with a point for each figure, and the target if there is one."""
    table = process_table(caption, process, None)
    if not process.values:
        return nothing(caption, table)
    last = process.text(process.values[-1])
    shown = [*process.values, *([process.target] if process.target is not None else [])]
    ticks = draw.nice_ticks(min(0.0, *shown), max(shown), 4)
    up = Scale(ticks[0], ticks[-1], _HEIGHT - _BOTTOM, _TOP)
    right = caption.width - _LABEL_ROOM
    along = time_scale(process, _LEFT + 8, right - 8)
    parts = grid(ticks, up, _LEFT, right)
    if process.target is not None:
        says = f"Target {process.text(process.target)}"
        parts.append(
            draw.line(_LEFT, up(process.target), right, up(process.target), "chart-target")
        )
        parts.append(draw.label(right + 8, up(process.target) + 4, says, "chart-target-name"))
    spots = [
        (along(start.toordinal()), up(value))
        for start, value in zip(process.starts, process.values, strict=True)
    ]
    parts += series(process, spots)
    parts += [
        draw.mark(x, y, "common", f"{start:%-d %b}: {process.text(value)}")
        for (x, y), start, value in zip(spots, process.starts, process.values, strict=True)
    ]
    parts += dates(process.starts, along, _HEIGHT)
    sentence = f"Latest: {last}, {process.starts[-1]:%-d %B}."
    return Drawing(
        name=caption.name,
        title=f"{caption.title}: {last}",
        subtitle=caption.subtitle,
        svg=draw.picture(caption.width, _HEIGHT, caption.title, sentence, parts),
        table=table,
        sentence=sentence,
        definition=caption.definition,
        wide=caption.wide,
    )


def sparkline(values: Sequence[float], meaning: str, says: str) -> Markup:
    """Draw a series small enough for a table cell; its last point is shaped by its meaning."""
    if not values:
        return Markup("")
    up = Scale(min(values), max(values), _SPARK_HEIGHT - 5, 5)
    along = Scale(0, max(len(values) - 1, 1), 4, _SPARK_WIDTH - 8)
    spots = [(along(place), up(value)) for place, value in enumerate(values)]
    parts = [draw.path(spots, "chart-series"), draw.mark(*spots[-1], meaning, says)]
    return draw.picture(_SPARK_WIDTH, _SPARK_HEIGHT, says, says, parts)
