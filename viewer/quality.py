"""Data quality as the provider in scope may see it: its reports, and the score over time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from portal.drawing import Drawing
from portal.quality_reports import QualityReport, RuleResult
from portal.scope import RECORDS
from portal.specification import DataSet
from viewer import figures
from viewer.captions import Caption, Process
from viewer.figures import Filters
from viewer.lines import line_chart
from viewer.models import Report

DAYS = 60
_OUTCOMES = {
    "accepted": ("Accepted", "good"),
    "accepted_with_warnings": ("Accepted with warnings", "warn"),
    "accepted_with_rejections": ("Accepted with rejected records", "warn"),
    "rejected": ("Rejected", "bad"),
    "withdrawn": ("Withdrawn", "quiet"),
}


@dataclass(frozen=True)
class Listed:
    """One report of the list."""

    reference: str
    period_start: date
    period_end: date
    received_at: datetime
    outcome: str
    tone: str
    records: int | None
    score: float | None


class NoRows:
    """The links of a report on this side: the rows themselves are with the sender."""

    rows_shown = False

    def rows(self, rule: RuleResult) -> None:
        """There is no page of rows here."""

    def rule(self, code: str) -> None:
        """Rules are explained in the report itself."""

    def value_set(self, name: str) -> None:
        """Value sets are in the specification."""


def latest_reports(most: int) -> list[Listed]:
    """Return the latest reports of the provider in scope, the newest receipt first."""
    rows = (
        Report.objects.using(RECORDS)
        .order_by("-received_at")
        .values(
            "reference",
            "period_start",
            "period_end",
            "received_at",
            "outcome",
            records=F("content__records"),
            score=F("content__score"),
        )[:most]
    )
    return [_listed(row) for row in rows]


def _listed(row: Mapping[str, Any]) -> Listed:
    """Return a row of the database as a line of the list, with its outcome in words."""
    return Listed(**{**row, **_said(row["outcome"])})


def read_report(reference: str) -> QualityReport | None:
    """Return the newest report of a submission of the provider in scope; None if there is none."""
    reports = Report.objects.using(RECORDS).filter(reference=reference).order_by("-received_at")
    content = reports.values_list("content", flat=True).first()
    return QualityReport.from_json(json.dumps(content)) if content else None


def score_chart(data_set: DataSet) -> Drawing | None:
    """Return the data quality score of the last days as a line; None when nothing was scored."""
    coverage = figures.read_coverage()
    measure = next(one for one in data_set.measures.values() if one.kind == "quality")
    if coverage.last is None:
        return None
    span = (coverage.last - timedelta(days=DAYS - 1), coverage.last)
    daily = figures.by_day(measure.name, span, Filters())
    days = sorted(daily)
    caption = Caption(
        "score", measure.title, measure.description, measure.unit, measure.description, wide=True
    )
    return line_chart(caption, Process(days, [daily[day] for day in days], daily=True))


def _said(outcome: str) -> dict[str, str]:
    """Return how an outcome is called, and its tone."""
    words, tone = _OUTCOMES.get(outcome, (outcome.replace("_", " ").capitalize(), "quiet"))
    return {"outcome": words, "tone": tone}
