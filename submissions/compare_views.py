"""What changed since the attempt before: fixed, still failing, new."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from portal.access import for_provider
from portal.models import Provider
from portal.quality_reports import QualityReport, RuleResult
from portal.quality_words import Tone
from submissions import presenting
from submissions.models import Submission
from submissions.report_views import tabs
from submissions.reports import read_report
from submissions.views import find

Key = tuple[str, str, str | None]


@dataclass(frozen=True)
class Line:
    """One rule in both attempts."""

    rule: str
    table: str
    item: str | None
    message: str
    before: int
    after: int

    @property
    def change(self) -> tuple[str, Tone]:
        """What became of it, in a word."""
        if not self.after:
            return "Fixed", "good"
        if not self.before:
            return "New", "bad"
        if self.after < self.before:
            return "Better", "good"
        return ("Worse", "bad") if self.after > self.before else ("The same", "quiet")


@dataclass(frozen=True)
class Sums:
    """Findings over all rules: gone, still there, new; and how many rows more were sent."""

    fixed: int
    still: int
    new: int
    added: int


@require_GET
@for_provider("view_quality")
def compare(request: HttpRequest, provider: Provider, reference: str) -> HttpResponse:
    """Show two attempts side by side: the one of the address and the one before it."""
    submission = find(provider, reference)
    report = read_report(submission)
    if report is None:
        return redirect("submissions:quality_report", provider.code, reference)
    earlier = earlier_attempt(submission, request.GET.get("with", ""))
    before = read_report(earlier) if earlier else None
    lines = compared(before, report) if before else []
    return render(
        request,
        "submissions/compare.html",
        {
            "provider": provider,
            "submission": submission,
            "earlier": earlier if before else None,
            "report": report,
            "before": before,
            "lines": lines,
            "sums": _sums(lines, before, report),
            "tabs": tabs(submission, "quality_compare"),
            "tag": presenting.tag,
            "names": presenting.actors([one.by for one in (submission, earlier) if one]),
        },
    )


def earlier_attempt(submission: Submission, reference: str) -> Submission | None:
    """Return the submission to compare with: the one named, or the last for the same day."""
    judged = Submission.objects.filter(
        provider=submission.provider_id, received_at__lt=submission.received_at
    ).exclude(outcome="")
    if reference:
        return judged.filter(reference=reference).first()
    newest = judged.order_by("-received_at")
    return newest.filter(period_end=submission.period_end).first() or newest.first()


def compared(before: QualityReport, after: QualityReport) -> list[Line]:
    """Return every rule that was broken in either report, the new ones first."""
    old, new = _by_key(before), _by_key(after)
    lines = [
        Line(
            *key,
            message=(new.get(key) or old[key]).message,
            before=old[key].count if key in old else 0,
            after=new[key].count if key in new else 0,
        )
        for key in {**old, **new}
    ]
    return sorted(lines, key=lambda line: (line.before > 0, -line.after, -line.before))


def _by_key(report: QualityReport) -> dict[Key, RuleResult]:
    return {(rule.code, rule.table, rule.item): rule for rule in report.rules}


def _sums(lines: Sequence[Line], before: QualityReport | None, after: QualityReport) -> Sums:
    """Add up the changes over all rules."""
    return Sums(
        fixed=sum(max(line.before - line.after, 0) for line in lines),
        still=sum(min(line.before, line.after) for line in lines),
        new=sum(max(line.after - line.before, 0) for line in lines),
        added=after.records - before.records if before else 0,
    )
