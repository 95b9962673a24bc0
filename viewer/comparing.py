"""Compare a provider with anonymous peers: a strip of dots for each figure, deciles over time."""

from collections.abc import Sequence
from datetime import date
from statistics import median, quantiles

from markupsafe import Markup

from portal import drawing as draw
from portal.drawing import Drawing, Scale, ShownTable, number
from portal.scope import RECORDS
from viewer.captions import hours_in_words
from viewer.charts import grid
from viewer.cubes import Compared
from viewer.models import PeerFigure
from viewer.peers import SIMILAR

_WIDTH, _ROW, _NAMES, _EDGE = 1140, 76, 250, 40
_HEIGHT, _TOP, _BOTTOM, _LEFT, _RIGHT = 280, 16, 34, 52, 110
_DECILES = 10


def months_compared() -> list[date]:
    """Return the months with figures of the provider in scope, the newest first."""
    rows = PeerFigure.objects.using(RECORDS).values_list("period", flat=True)
    return list(rows.distinct().order_by("-period"))


def alike_in(month: str) -> str:
    """Return in what the similar peers of a month are alike; "" where they are too few to show."""
    rows = PeerFigure.objects.using(RECORDS).filter(period=month, group=SIMILAR)
    said = rows.exclude(alike="").exclude(peers=[]).values_list("alike", flat=True)
    return said.first() or ""


def strips(wanted: Sequence[Compared], month: str, group: str) -> Drawing:
    """Draw one strip for each figure of a month that has enough peers in the group."""
    held = PeerFigure.objects.using(RECORDS).filter(period=month, group=group)
    rows = {row.measure: row for row in held}
    known = [(one, rows[one.name]) for one in wanted if one.name in rows and rows[one.name].peers]
    parts: list[Markup] = []
    for place, (one, row) in enumerate(known):
        parts += _strip(one, row, place * _ROW)
    title = (
        _finding([(one, row) for one, row in known if row.own is not None])
        if known
        else "There are too few peers to compare with"
    )
    table = ShownTable(
        ("Figure", "You", "Peers' median", "Peers"),
        tuple(
            (one.title, _text(one, row.own), _text(one, median(row.peers)), str(len(row.peers)))
            for one, row in known
        ),
    )
    sentence = "Each grey dot is one provider. The shaded band is the middle half."
    return Drawing(
        name="strips",
        title=title,
        subtitle=sentence,
        svg=draw.picture(_WIDTH, max(len(known), 1) * _ROW, title, sentence, parts),
        table=table,
        sentence="Peers are shown when there are eight or more of them.",
        empty=not known,
        wide=True,
    )


def over_time(one: Compared, group: str) -> Drawing | None:
    """Draw a figure of the provider in scope over the deciles of its peers; None if too short."""
    rows = list(
        PeerFigure.objects.using(RECORDS)
        .filter(measure=one.name, own__isnull=False, group=group)
        .order_by("period")
    )
    rows = [row for row in rows if row.peers and row.own is not None]
    if len(rows) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    deciles = [quantiles(row.peers, n=_DECILES, method="inclusive") for row in rows]
    values = [row.own for row in rows if row.own is not None]
    parts = _lines_over_time(one, [row.period for row in rows], deciles, values)
    side = _side(values[-1], deciles[-1][4])
    title = f"{one.title}: {side} the peer median"
    return Drawing(
        name=f"over-time-{one.name}",
        title=title,
        subtitle="Your figure against the deciles of your peers, by month",
        svg=draw.picture(_WIDTH, _HEIGHT, title, title, parts),
        table=ShownTable(
            ("Month", "You", "Peers' median"),
            tuple(
                (f"{row.period:%B %Y}", _text(one, row.own), _text(one, ten[4]))
                for row, ten in zip(rows, deciles, strict=True)
            ),
        ),
        wide=True,
    )


def _lines_over_time(
    one: Compared, months: Sequence[date], deciles: Sequence[list[float]], values: Sequence[float]
) -> list[Markup]:
    """Return the deciles of the peers and the provider's own line, with their names at the end."""
    ticks = draw.nice_ticks(min(map(min, [*deciles, values])), max(map(max, [*deciles, values])))
    up = Scale(ticks[0], ticks[-1], _HEIGHT - _BOTTOM, _TOP)
    along = Scale(0, len(months) - 1, _LEFT, _WIDTH - _RIGHT)
    parts = grid(ticks, up, _LEFT, _WIDTH - _RIGHT)
    for place in range(_DECILES - 1):
        class_ = "chart-median" if place == _DECILES // 2 - 1 else "chart-decile"
        line = [(along(month), up(row[place])) for month, row in enumerate(deciles)]
        parts.append(draw.path(line, class_))
    parts.append(
        draw.path([(along(at), up(value)) for at, value in enumerate(values)], "chart-own")
    )
    parts += [
        draw.label(along(place), _HEIGHT - 12, f"{month:%b}", anchor="middle")
        for place, month in enumerate(months)
    ]
    ends = {f"You {_text(one, values[-1])}": values[-1], "Peer median": deciles[-1][4]}
    heights = draw.place([up(value) for value in ends.values()])
    parts += [
        draw.label(
            _WIDTH - _RIGHT + 8, y + 4, says, "chart-value" if "You" in says else "chart-label"
        )
        for says, y in zip(ends, heights, strict=True)
    ]
    return parts


def _strip(one: Compared, row: PeerFigure, top: float) -> list[Markup]:
    """Return one strip: name, line, middle half, dots, median and the provider's own diamond."""
    shown = [*row.peers, *([row.own] if row.own is not None else [])]
    along = Scale(min(shown), max(shown), _NAMES + _EDGE, _WIDTH - _EDGE)
    middle = top + _ROW / 2
    low, centre, high = quantiles(row.peers, n=4, method="inclusive")
    good = {"up": "higher is better", "down": "lower is better"}.get(one.direction, "context")
    parts = [
        draw.label(0, middle - 2, one.title, "chart-value"),
        draw.label(0, middle + 15, f"{one.unit}, {good}"),
        draw.bar(
            draw.Box(along(low), middle - 14, along(high) - along(low), 28),
            "chart-half",
            "Middle half",
        ),
        draw.line(_NAMES, middle, _WIDTH, middle, "chart-axis"),
    ]
    parts += [
        draw.shape("circle", cx=along(value), cy=middle, r=5, class_="chart-peer")
        for value in row.peers
    ]
    parts.append(draw.line(along(centre), middle - 15, along(centre), middle + 15, "chart-mean"))
    says = f"median {_text(one, centre)}"
    parts.append(draw.label(along(centre), middle + 29, says, anchor="middle"))
    if row.own is not None:
        parts.append(draw.mark(along(row.own), middle, "own", f"You: {_text(one, row.own)}"))
        you = f"You {_text(one, row.own)}"
        parts.append(draw.label(along(row.own), middle - 19, you, "chart-value", "middle"))
    return parts


def _finding(known: Sequence[tuple[Compared, PeerFigure]]) -> str:
    """Return the title that says on what a provider is better or worse than most of its peers."""
    better: list[str] = []
    worse: list[str] = []
    for one, row in known:
        centre = median(row.peers)
        if one.direction == "neutral" or row.own == centre:
            continue
        (better if (row.own > centre) == (one.direction == "up") else worse).append(one.title)
    said = [
        f"{way} than most peers on {', '.join(names).lower()}"
        for way, names in (("worse", worse), ("better", better))
        if names
    ]
    return f"You are {'; '.join(said)}" if said else "You are like most of your peers"


def _side(value: float, centre: float) -> str:
    """Return on which side of the median a figure is."""
    return "at" if value == centre else "above" if value > centre else "below"


def _text(one: Compared, value: float | None) -> str:
    """Return a figure with its unit."""
    if value is None:
        return "c"
    if one.unit == "hours":
        return hours_in_words(value)
    return f"{number(value, 1)}%" if one.unit == "%" else number(value, 1)
