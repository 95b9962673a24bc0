"""What charts are told and what they say in words: captions, figures, series and their tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from portal.drawing import Drawing, ShownTable, number
from viewer.spc import Direction, Reading

WIDE, NARROW = 1140, 552
LONGEST = 720.0  # hours; what takes longer than thirty days is drawn and said as that


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
    hours: bool = False

    @property
    def unit(self) -> str:
        """What a point stands for, in the plural."""
        return "days" if self.daily else "weeks"

    def text(self, value: float | None) -> str:
        """Return a figure of the series for reading."""
        if self.hours and value is not None:
            return hours_in_words(value)
        return f"{value:.1f}%" if self.percent and value is not None else number(value, 1)


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


def so_far(
    caption: Caption, figure: str, sentence: str, table: ShownTable | None = None
) -> Drawing:
    """Return a drawing that says its only figure in words."""
    return Drawing(
        name=caption.name,
        title=f"{caption.title}: {figure}",
        subtitle=caption.subtitle,
        svg=Markup(""),
        table=table or ShownTable((), ()),
        sentence=sentence,
        definition=caption.definition,
        empty=True,
        wide=caption.wide,
    )


def figures_table(caption: Caption, figures: Sequence[Figure]) -> ShownTable:
    """Return the figures of a bar chart as a table."""
    rows = tuple((figure.label, number(figure.value)) for figure in figures)
    return ShownTable(("", caption.unit.capitalize()), rows)


def process_table(caption: Caption, process: Process, reading: Reading | None) -> ShownTable:
    """Return a series as a table, newest first, with what each point's variation means."""
    meanings = [point.meaning.value for point in reading.points] if reading else []
    rows = [
        (
            f"{day_of(start)} {start.year}",
            process.text(value),
            meanings[place].capitalize() if meanings else "",
        )
        for place, (start, value) in enumerate(zip(process.starts, process.values, strict=True))
    ]
    return ShownTable(
        ("Day" if process.daily else "Week of", caption.unit.capitalize(), "Variation"),
        tuple(reversed(rows)),
    )


def hours_in_words(hours: float) -> str:
    """Return how long something took, to a tenth of an hour and to thirty days."""
    if hours >= LONGEST:
        return "over 30 days"
    return f"{number(hours, 1)} {'hour' if hours == 1 else 'hours'}"


def day_of(day: date) -> str:
    """Return a day as in 5 Mar."""
    return f"{day.day} {day:%b}"
