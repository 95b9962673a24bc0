"""A picture of the trail: how much was looked at and refused on each of the last days."""

from collections.abc import Sequence
from datetime import date

from portal import drawing as draw
from portal.drawing import Box, Drawing, Scale, ShownTable
from portal.wording import plural, short_day

_WIDTH, _HEIGHT, _TOP, _BOTTOM, _LEFT = 1140, 220, 14, 34, 52
_KINDS = (
    ("chart-bar", "Pages of counts and reports"),
    ("chart-bar chart-bar--second", "Pages of records"),
    ("chart-bar chart-bar--alert", "Refused"),
)
_EVERY = 4

Day = tuple[date, int, int, int]


def draw_days(days: Sequence[Day], refused: int) -> Drawing:
    """Draw pages, records and refusals by day; `refused` is the number of the last week."""
    totals = [sum(counts) for _, *counts in days]
    ticks = draw.nice_ticks(0, max([*totals, 4]), 4)
    up = Scale(0, ticks[-1], _HEIGHT - _BOTTOM, _TOP)
    step = (_WIDTH - _LEFT) / len(days)
    parts = []
    for tick in ticks:
        parts.append(draw.line(_LEFT, up(tick), _WIDTH, up(tick), "chart-grid"))
        parts.append(draw.label(_LEFT - 8, up(tick) + 4, draw.number(tick, 1), anchor="end"))
    for place, (day, *counts) in enumerate(days):
        left, below = _LEFT + place * step + 3, 0
        for (class_, words), count in zip(_KINDS, counts, strict=True):
            if count:
                top, bottom = up(below + count), up(below)
                tip = f"{short_day(day)}, {words.lower()}: {count}"
                parts.append(draw.bar(Box(left, top, step - 6, bottom - top), class_, tip))
            below += count
        if (len(days) - 1 - place) % _EVERY == 0:
            middle = left + step / 2 - 3
            parts.append(draw.label(middle, _HEIGHT - 12, short_day(day), anchor="middle"))
    parts.append(draw.line(_LEFT, up(0), _WIDTH, up(0), "chart-axis"))
    title = f"{plural(refused, 'page')} {'was' if refused == 1 else 'were'} refused this week"
    sentence = f"{sum(totals):,} pages and refusals in the last {len(days)} days."
    return Drawing(
        name="days",
        title=title,
        subtitle=f"Pages opened and refused each day, the last {len(days)} days",
        svg=draw.picture(_WIDTH, _HEIGHT, title, sentence, parts),
        table=ShownTable(
            ("Day", *(words for _, words in _KINDS)),
            tuple((short_day(day), *map(str, counts)) for day, *counts in reversed(days)),
        ),
        sentence=sentence,
        wide=True,
        legend=_KINDS,
    )
