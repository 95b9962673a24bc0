"""What every chart is made of: shapes, scales and a finished drawing with its table.

Drawings carry classes and presentation attributes only, so that they hold under a policy without
inline style or script; every value is escaped.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count, pairwise

from markupsafe import Markup, escape

_numbers = count(1)


@dataclass(frozen=True)
class ShownTable:
    """The figures of a chart as a table: column headings, and rows that begin with their name."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Icon:
    """A variation or assurance icon and what it says."""

    svg: Markup
    says: str


@dataclass(frozen=True)
class Drawing:
    """A chart ready for a page: active title, subtitle, picture, sentence, icons and table."""

    name: str
    title: str
    subtitle: str
    svg: Markup
    table: ShownTable
    sentence: str = ""
    icons: tuple[Icon, ...] = ()
    definition: str = ""
    empty: bool = False
    wide: bool = False
    legend: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels from the top left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Scale:
    """A straight scale from figures to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a figure."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round figures that span low to high, about as many as wanted."""
    if high <= low:
        high = low + 1
    rough = (high - low) / max(wanted, 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * unit for unit in (1, 2, 2.5, 5, 10) if power * unit >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def number(value: float | None, places: int = 0) -> str:
    """Return a figure for reading: thousands separated, no needless decimals."""
    if value is None:
        return "c"
    if places == 0 or float(value).is_integer():
        return f"{round(value):,}"
    return f"{value:,.{places}f}"


def shape(name: str, text: str = "", **attributes: object) -> Markup:
    """Return one SVG element; underscores in names become hyphens, class_ is class.

    Text and attributes are escaped, except what is markup made here before.
    """
    parts = [
        f' {_attribute(key)}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    ]
    return Markup(f"<{name}{''.join(parts)}>{escape(text)}</{name}>")  # noqa: S704 - all is escaped


def label(
    x: float, y: float, text: str, class_: str = "chart-label", anchor: str = "start"
) -> Markup:
    """Return a piece of text in a chart."""
    return shape("text", text, x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """Return a straight line."""
    return shape("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """Return a line through points."""
    steps = " ".join(f"{_plain(x)},{_plain(y)}" for x, y in points)
    return shape("polyline", points=steps, class_=class_)


def bar(box: Box, class_: str, tip: str) -> Markup:
    """Return a bar with a tip that says its figure."""
    width, height = max(box.width, 0), max(box.height, 0)
    tipped = shape("title", tip)
    return shape("rect", tipped, x=box.x, y=box.y, width=width, height=height, class_=class_)


def mark(x: float, y: float, kind: str, tip: str) -> Markup:
    """Return a point whose shape as well as colour says what it means."""
    tipped = shape("title", tip)
    class_ = f"chart-point chart-point--{kind}"
    if kind in ("improving", "neutral", "own"):
        size = 9 if kind == "own" else 5
        corners = f"{_plain(x)},{_plain(y - size)} {_plain(x + size)},{_plain(y)} "
        corners += f"{_plain(x)},{_plain(y + size)} {_plain(x - size)},{_plain(y)}"
        return shape("polygon", tipped, points=corners, class_=class_)
    if kind == "concerning":
        return shape("rect", tipped, x=x - 4, y=y - 4, width=8, height=8, class_=class_)
    return shape("circle", tipped, cx=x, cy=y, r=3.2, class_=class_)


def picture(
    width: float, height: float, title: str, description: str, parts: Iterable[Markup]
) -> Markup:
    """Return a whole SVG that names and describes itself to a screen reader."""
    number_ = next(_numbers)
    names = f"chart-{number_}-title chart-{number_}-desc"
    head = shape("title", title, id=f"chart-{number_}-title") + shape(
        "desc", description, id=f"chart-{number_}-desc"
    )
    return shape(
        "svg",
        head + Markup("").join(parts),
        viewBox=f"0 0 {_plain(width)} {_plain(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=names,
        class_="chart",
        focusable="false",
    )


def place(wanted: Sequence[float], gap: float = 15) -> list[float]:
    """Return places for labels near the wanted ones, no two closer than the gap, order kept."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = list(wanted)
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + gap)
    overshoot = max(0.0, placed[order[-1]] - max(wanted) - gap) if order else 0.0
    return [one - overshoot / 2 for one in placed]


@cache
def _attribute(key: str) -> str:
    """Return an attribute's name in SVG."""
    return key.rstrip("_").replace("_", "-")


def _plain(value: object) -> str:
    """Return an attribute's value; numbers to a tenth of a pixel."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)
