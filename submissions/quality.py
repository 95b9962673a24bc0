"""Measure the quality of a submission: VODIM by item, a DQMI-style score, coverage, timeliness."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from portal.quality_reports import ItemQuality
from portal.specification import DataItem, DataSet, Table
from submissions.automatic import ItemCount


def item_quality(
    table: Table, counts: Mapping[str, ItemCount], data_set: DataSet
) -> Iterable[ItemQuality]:
    """The five counts of every item of a table, and the score of those that are scored."""
    for name, count in counts.items():
        item = table.items[name]
        scored = item.dqmi and count.records > 0
        threshold = threshold_of(item, data_set)
        yield ItemQuality(
            table=table.name,
            item=name,
            title=item.title,
            valid=count.valid,
            other=count.other,
            default=count.default,
            invalid=count.invalid,
            missing=count.missing,
            scored=scored,
            threshold=threshold if scored else None,
            score=item_score(count, threshold) if scored else None,
        )


def threshold_of(item: DataItem, data_set: DataSet) -> float:
    """How many percent of an item's values may be default values before they count against it."""
    quality = data_set.quality
    return quality.threshold_percent.get(item.name, quality.default_threshold_percent)


def item_score(count: ItemCount, threshold_percent: float) -> float:
    """Percent of records that are valid and complete, less the default values in excess.

    After the published method of the national Data Quality Maturity Index: defaults in excess are
    defaults - threshold x records, and never below zero.
    """
    complete = count.records - count.blank - count.invalid
    excess = max(0.0, count.default - threshold_percent / 100 * count.records)
    return round(100 * max(0.0, complete - excess) / count.records, 2)


def provider_score(items: Iterable[ItemQuality], coverage: float | None) -> float | None:
    """The mean score of the scored items times coverage (0 to 1; taken as 1 while unknown)."""
    scores = [item.score for item in items if item.score is not None]
    if not scores:
        return None
    return round(sum(scores) / len(scores) * (1.0 if coverage is None else coverage), 1)


def coverage(accepted: int | None, expected: int | None) -> float | None:
    """The part of the expected reporting periods for which a submission was accepted, 0 to 1."""
    if accepted is None or not expected:
        return None
    return round(min(1.0, accepted / expected), 4)


def timeliness_hours(period_end: date | None, received_locally: datetime) -> float | None:
    """Hours from the end of the last day of the period to receipt; negative if it came before."""
    if period_end is None:
        return None
    midnight = datetime.combine(period_end + timedelta(days=1), time())
    return round((received_locally - midnight).total_seconds() / 3600, 2)
