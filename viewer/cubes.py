"""The fixed figures across providers: counted one provider at a time, controlled, and kept.

Weeks of counts stand in one cube a month, provider by week; shares are percentages of a month, from
counts that may be shown. Nothing else is ever shown across providers, and no range is free. A week
is shown once it is over; what late days change is held against what was shown before.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median

from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from portal.models import Provider
from portal.row_security import NATION
from portal.scope import provider_scope
from portal.specification import Chart, DataSet, Measure
from viewer import evaluating, peers
from viewer.captions import LONGEST
from viewer.counting import TOTAL
from viewer.disclosure import Cube, control, percentage, single
from viewer.measures import MET
from viewer.models import MeasureCount, NationalFigure, PeerFigure
from viewer.peers import EVERYBODY, SIMILAR, Group, Kind, most_alike, thirds
from viewer.relations import newest_data_set

WEEK = timedelta(days=7)
SENT, SCORE = "timeliness", "quality"


@dataclass(frozen=True)
class Compared:
    """A figure by which providers are compared: a share of a month, or a mean of its days."""

    name: str
    title: str
    unit: str
    direction: str
    measure: str
    split: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Raw:
    """One provider's figures of a month, before disclosure control."""

    weeks: Mapping[tuple[str, date], int]
    shares: Mapping[str, tuple[int, int]]
    means: Mapping[str, float]
    daily: Mapping[tuple[str, date], float]


def compared(data_set: DataSet) -> list[Compared]:
    """Return what providers are compared by: declared shares and percentages, then arrival."""
    found = [
        Compared(
            name=chart.name,
            title=chart.title,
            unit="%",
            direction=chart.direction,
            measure=chart.measure,
            split=str(chart.by),
            codes=chart.codes,
        )
        for chart in data_set.charts.values()
        if chart.kind == "tiles" and chart.codes
    ]
    charts = {chart.measure: chart for chart in data_set.charts.values()}
    for measure in data_set.measures.values():
        chart = charts.get(measure.name)
        if chart and measure.kind == "percent_within":
            found.append(_of(measure, chart, MET, (MET,)))
        if chart and measure.kind in (SENT, SCORE):
            found.append(_of(measure, chart, "", ()))
    return found


def weekly(data_set: DataSet) -> list[Chart]:
    """Return the charts whose weeks are shown across providers: counts of a week."""
    return [
        chart
        for chart in data_set.charts.values()
        if chart.kind == "control_chart"
        and chart.over == "week"
        and data_set.measures[chart.measure].kind == "count_by_day"
    ]


def refresh(days: Collection[date]) -> None:
    """Count, control and keep the figures of the months that the days and their weeks fall in."""
    begun = {day - timedelta(days=day.weekday()) for day in days}
    for month in sorted({day.replace(day=1) for day in begun.union(days)}):
        raw, sent = {}, {}
        for code in Provider.objects.values_list("code", flat=True):
            with provider_scope(code, using="default"):
                raw[code] = _read(month)
                sent[code] = evaluating.read_weeks(mondays_of(month))
        with provider_scope(NATION, using="default"):
            _keep_weeks(month, raw)
            shares = _keep_shares(month, raw)
            _keep_days(month, raw)
            evaluating.keep_weeks(mondays_of(month), sent)
            _show_peers(month, shares, _kinds(raw))


def _of(measure: Measure, chart: Chart, split: str, codes: tuple[str, ...]) -> Compared:
    """Return a comparison by a measure of its own."""
    unit = "%" if measure.unit == "percent" else measure.unit
    return Compared(measure.name, measure.title, unit, chart.direction, measure.name, split, codes)


def _read(month: date) -> Raw:
    """Return the month's figures of the provider in scope."""
    data_set, end = newest_data_set(), month_end(month)
    weeks: dict[tuple[str, date], int] = {}
    for chart in weekly(data_set):
        for monday in mondays_of(month):
            counts = MeasureCount.objects.filter(
                measure=chart.measure, split=TOTAL, day__range=(monday, monday + timedelta(days=6))
            )
            weeks[chart.measure, monday] = int(counts.aggregate(sum=Sum("value"))["sum"] or 0)
    shares, means = {}, {}
    for one in compared(data_set):
        counts = MeasureCount.objects.filter(measure=one.measure, day__range=(month, end))
        if one.codes:
            shares[one.name] = _share(data_set, one, counts.filter(split=one.split))
        elif values := list(counts.filter(split=TOTAL).values_list("value", flat=True)):
            means[one.name] = median(values) if one.measure == SENT else fmean(values)
    daily = {
        (row.measure, row.day): row.value
        for row in MeasureCount.objects.filter(
            measure__in=(SENT, SCORE), split=TOTAL, day__range=(month, end)
        )
    }
    return Raw(weeks, shares, means, daily)


def _share(data_set: DataSet, one: Compared, counts: QuerySet[MeasureCount]) -> tuple[int, int]:
    """Return part and whole of a share: of the month, or of its last census day."""
    if data_set.measures[one.measure].kind == "waiting_list":
        last = counts.aggregate(last=Max("day"))["last"]
        counts = counts.filter(day=last)
    rows = {row["code"]: row["sum"] for row in counts.values("code").annotate(sum=Sum("value"))}
    if one.split == MET:
        return int(rows.get(MET, 0)), int(sum(rows.values()))
    return int(sum(rows.get(code, 0) for code in one.codes)), int(sum(rows.values()))


def _keep_weeks(month: date, raw: Mapping[str, Raw]) -> None:
    """Keep the weeks of a month that are over, one controlled cube for each measure."""
    over = [monday for monday in mondays_of(month) if monday + WEEK <= timezone.localdate()]
    for chart in weekly(newest_data_set()):
        cells = {
            (code, week.isoformat()): count
            for code, one in raw.items()
            for (measure, week), count in one.weeks.items()
            if measure == chart.measure and week in over
        }
        earlier = NationalFigure.objects.filter(cube=chart.measure, period__in=mondays_of(month))
        before = {
            (TOTAL if one.organisation == NATION else one.organisation, one.period.isoformat()): (
                None if one.value is None else int(one.value)
            )
            for one in earlier
        }
        earlier.delete()
        NationalFigure.objects.bulk_create(
            NationalFigure(
                cube=chart.measure,
                period=date.fromisoformat(week),
                organisation=code if code != TOTAL else NATION,
                value=value,
            )
            for (code, week), value in control(Cube(cells), before).items()
            if week != TOTAL
        )


def _keep_shares(month: date, raw: Mapping[str, Raw]) -> Mapping[str, Mapping[str, float | None]]:
    """Keep every provider's shares of a month, and return them by figure and provider."""
    shares = {}
    for one in compared(newest_data_set()):
        shares[one.name] = {code: _figure(held, one) for code, held in raw.items()}
        _keep(one.name, month, shares[one.name])
    return shares


def _show_peers(
    month: date, shares: Mapping[str, Mapping[str, float | None]], kinds: Mapping[str, Kind]
) -> None:
    """Show each provider the figures of the others, and of those most like it, without names."""
    similar = {code: most_alike(code, kinds) for code in kinds}
    PeerFigure.objects.filter(period=month).delete()
    for measure, shown in shares.items():
        known = {code: value for code, value in shown.items() if value is not None}
        everybody = Group(frozenset(known), "")
        PeerFigure.objects.bulk_create(
            PeerFigure(
                provider=code,
                measure=measure,
                period=month,
                group=name,
                alike=group.alike,
                own=own,
                peers=peers.figures(code, known, group.members),
            )
            for code, own in shown.items()
            for name, group in ((EVERYBODY, everybody), (SIMILAR, similar[code]))
        )


def _kinds(raw: Mapping[str, Raw]) -> Mapping[str, Kind]:
    """Return what the providers with any figure are like; how much they count is their size."""
    sizes = {code: float(sum(one.weeks.values())) for code, one in raw.items()}
    third = thirds({code: size for code, size in sizes.items() if size})
    rows = Provider.objects.values_list("code", "provider_type", "region_id")
    return {
        code: Kind(provider_type, region or "", third.get(code, ""))
        for code, provider_type, region in rows
        if code in raw
    }


def _figure(raw: Raw, one: Compared) -> float | None:
    """Return a provider's figure as it may be shown; None where it may not or there is none."""
    if one.codes:
        part, whole = raw.shares[one.name]
        return percentage(single(part), single(whole))
    mean = raw.means.get(one.name)
    if mean is not None and one.unit == "hours":
        mean = min(mean, LONGEST)
    return None if mean is None else round(mean, 1)


def _keep_days(month: date, raw: Mapping[str, Raw]) -> None:
    """Keep when each day arrived and how it scored: figures about data, not about people."""
    for cube in (SENT, SCORE):
        days = NationalFigure.objects.filter(cube=f"daily_{cube}")
        days.filter(period__range=(month, month_end(month))).delete()
        NationalFigure.objects.bulk_create(
            NationalFigure(
                cube=f"daily_{cube}", period=day, organisation=code, value=round(value, 1)
            )
            for code, held in raw.items()
            for (measure, day), value in held.daily.items()
            if measure == cube
        )


def _keep(cube: str, period: date, figures: Mapping[str, float | None]) -> None:
    """Keep one figure for each provider in place of the earlier ones."""
    NationalFigure.objects.filter(cube=f"share_{cube}", period=period).delete()
    NationalFigure.objects.bulk_create(
        NationalFigure(cube=f"share_{cube}", period=period, organisation=code, value=value)
        for code, value in figures.items()
    )


def mondays_of(month: date) -> list[date]:
    """Return the Mondays of a month; a week belongs to the month in which it begins."""
    days = (month + timedelta(days=place) for place in range(31))
    return [day for day in days if day.month == month.month and not day.weekday()]


def month_end(month: date) -> date:
    """Return the last day of a month."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
