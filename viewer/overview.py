"""The national overview: every provider's controlled figures beside what it sent, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from portal.drawing import Icon
from portal.scope import RECORDS
from portal.specification import DataSet
from viewer.captions import hours_in_words
from viewer.cubes import SCORE, SENT, compared, weekly
from viewer.icons import icons_of
from viewer.lines import sparkline
from viewer.models import NationalFigure
from viewer.spc import Direction, read

WEEKS, DAYS, GRID = 26, 60, 28
LATE_HOURS = 24
TRENDS = 2  # weekly figures that have room beside the rest
NOTHING = "\N{EN DASH}"


@dataclass(frozen=True)
class Trend:
    """A weekly figure: the latest, its sparkline and its icons."""

    latest: float | None
    svg: Markup
    icons: tuple[Icon, ...]
    special: bool


@dataclass(frozen=True)
class Day:
    """One day of the grid: whether it came, and how late."""

    day: date
    kind: str
    sign: str
    says: str


@dataclass(frozen=True)
class ProviderLine:
    """One provider's line of the overview."""

    code: str
    name: str
    trends: tuple[Trend, ...]
    shares: tuple[float | None, ...]
    score: float | None
    hours: float | None
    days_sent: int
    grid: tuple[Day, ...]

    @property
    def arrived(self) -> str:
        """How long the data takes to arrive, in words."""
        return NOTHING if self.hours is None else hours_in_words(round(self.hours, 1))


@dataclass(frozen=True)
class Overview:
    """The page: what its columns are, a line for each provider, and totals."""

    last: date | None
    weekly: tuple[str, ...]
    shares: tuple[str, ...]
    lines: tuple[ProviderLine, ...]
    sent_last: int
    national: tuple[tuple[str, float | None], ...]

    @property
    def special(self) -> int:
        """How many providers show a change in their weekly figures that is more than chance."""
        return sum(any(trend.special for trend in line.trends) for line in self.lines)

    @property
    def received(self) -> int:
        """How many days of the grid were received."""
        return sum(day.kind != "nothing" for line in self.lines for day in line.grid)

    @property
    def late(self) -> int:
        """How many days of the grid were received late."""
        return sum(day.kind == "late" for line in self.lines for day in line.grid)

    @property
    def score(self) -> float | None:
        """The mean data quality score of the providers that have one."""
        scores = [line.score for line in self.lines if line.score is not None]
        return sum(scores) / len(scores) if scores else None


def read_overview(data_set: DataSet, names: Mapping[str, str], nation: str) -> Overview:
    """Return the overview, inside the nation's scope; `names` are the providers by code."""
    figures = NationalFigure.objects.using(RECORDS)
    last = (
        figures.filter(cube=f"daily_{SENT}")
        .order_by("-period")
        .values_list("period", flat=True)
        .first()
    )
    if last is None:
        return Overview(None, (), (), (), 0, ())
    charts, shared = weekly(data_set)[:TRENDS], [one for one in compared(data_set) if one.codes]
    held = _held([chart.measure for chart in charts], last)
    month = {one.name: _latest_share(one.name) for one in shared}
    hours, scores = _daily(SENT, last), _daily(SCORE, last)
    lines = [
        ProviderLine(
            code=code,
            name=name,
            trends=tuple(
                _trend(held.get((chart.measure, code), {}), chart.direction) for chart in charts
            ),
            shares=tuple(month[one.name].get(code) for one in shared),
            score=_mean(list(scores.get(code, {}).values())),
            hours=_mean(list(hours.get(code, {}).values())),
            days_sent=len(hours.get(code, {})),
            grid=tuple(_grid(hours.get(code, {}), last)),
        )
        for code, name in names.items()
    ]
    national = [(chart.title, _latest(held.get((chart.measure, nation), {}))) for chart in charts]
    return Overview(
        last=last,
        weekly=tuple(chart.title for chart in charts),
        shares=tuple(one.title for one in shared),
        lines=tuple(lines),
        sent_last=sum(last in hours.get(code, {}) for code in names),
        national=tuple(national),
    )


def _held(measures: Sequence[str], last: date) -> dict[tuple[str, str], dict[date, float | None]]:
    """Return the weekly figures of the last weeks by measure and provider."""
    rows = NationalFigure.objects.using(RECORDS).filter(
        cube__in=measures,
        period__gt=last - timedelta(weeks=WEEKS + 1),
        period__lte=last - timedelta(days=6),
    )
    held: dict[tuple[str, str], dict[date, float | None]] = {}
    for row in rows.order_by("period"):
        held.setdefault((row.cube, row.organisation), {})[row.period] = row.value
    return held


def _daily(cube: str, last: date) -> dict[str, dict[date, float]]:
    """Return the daily figures of the last days by provider."""
    rows = NationalFigure.objects.using(RECORDS).filter(
        cube=f"daily_{cube}", period__gt=last - timedelta(days=DAYS), period__lte=last
    )
    held: dict[str, dict[date, float]] = {}
    for row in rows:
        if row.value is not None:
            held.setdefault(row.organisation, {})[row.period] = row.value
    return held


def _latest_share(name: str) -> dict[str, float | None]:
    """Return the newest month's share of every provider."""
    rows = NationalFigure.objects.using(RECORDS).filter(cube=f"share_{name}").order_by("period")
    return {row.organisation: row.value for row in rows}


def _trend(weeks: Mapping[date, float | None], direction: str) -> Trend:
    """Return a weekly figure with its sparkline and icons; suppressed weeks are left out."""
    values = [value for value in weeks.values() if value is not None]
    reading = read(values, direction=Direction(direction))
    if reading is None:
        return Trend(_latest(weeks), Markup(""), (), special=False)
    icons = icons_of(reading)
    says = f"{len(values)} weeks. {icons[0].says}"
    svg = sparkline(values, reading.variation.value, says)
    return Trend(_latest(weeks), svg, icons, special=reading.variation != "common")


def _latest(weeks: Mapping[date, float | None]) -> float | None:
    """Return the newest week's figure; None when it is suppressed or missing."""
    return weeks[max(weeks)] if weeks else None


def _mean(values: Sequence[float]) -> float | None:
    """Return a mean; None of nothing."""
    return sum(values) / len(values) if values else None


def _grid(hours: Mapping[date, float], last: date) -> list[Day]:
    """Return the last days with whether each came in time."""
    days = [last - timedelta(days=place) for place in range(GRID - 1, -1, -1)]
    return [_day(day, hours.get(day)) for day in days]


def _day(day: date, hours: float | None) -> Day:
    """Return one day of the grid."""
    when = f"{day:%-d %b}"
    if hours is None:
        return Day(day, "nothing", "·", f"{when}: not received")
    if hours > LATE_HOURS:
        return Day(day, "late", "L", f"{when}: received after {hours_in_words(round(hours))}")
    return Day(day, "accepted", "✓", f"{when}: received in time")
