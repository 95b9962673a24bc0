"""The data quality report of a submission, part by part."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal import quality_words
from portal.access import for_provider, may
from portal.models import Provider
from portal.quality_charts import lost_by_table
from portal.quality_reports import QualityReport, RuleResult
from submissions import presenting
from submissions.explanations import USUAL_DAYS, band, sort_out
from submissions.models import Submission
from submissions.reports import read_faults, read_report
from submissions.states import State
from submissions.trends import trend
from submissions.views import find

PARTS = {"": "Summary", "rules": "By rule", "tables": "By table", "items": "By item"}
SHOWN_RULES = 8
SHOWN_ITEMS = 10


@dataclass(frozen=True)
class Tab:
    """One part of the report, as a tab."""

    title: str
    href: str
    current: bool


@dataclass(frozen=True)
class Links:
    """Where a rule of a report leads on this instance."""

    code: str
    reference: str
    version: str
    rows_shown: bool = True

    def rows(self, rule: RuleResult) -> str | None:
        """Return the address of the rows that broke a rule."""
        address = _address("submissions:quality_rows", self.code, self.reference, rule.table)
        return f"{address}?rule={rule.code}" if address and rule.examples else None

    def rule(self, rule: RuleResult) -> str | None:
        """Return the address of a rule in the specification."""
        address = _address("specification:table", self.version, rule.table)
        place = rule.item if rule.kind == "automatic" else rule.code
        return f"{address}#{place}" if address else None


@require_GET
@for_provider("view_quality")
def quality(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Lead to the newest data quality report of a provider."""
    newest = provider.submissions.exclude(outcome="").order_by("-received_at").first()
    if newest is None:
        return render(request, "submissions/no_report.html", {"provider": provider})
    return redirect("submissions:quality_report", provider.code, newest.reference)


@require_GET
@for_provider("view_quality")
def report(
    request: HttpRequest, provider: Provider, reference: str, part: str = ""
) -> HttpResponse:
    """Show a submission's data quality report, or the error report of one that was refused."""
    submission = find(provider, reference)
    if part not in PARTS:
        raise Http404
    found = read_report(submission)
    if found is None:
        return _error_report(request, submission)
    return render(request, "submissions/report.html", _of_report(request, submission, found, part))


def _of_report(
    request: HttpRequest, submission: Submission, report: QualityReport, part: str
) -> dict[str, object]:
    """Return what the pages of a report show."""
    warnings = sort_out(submission.provider, report.rules)
    fits = len(warnings.open) <= SHOWN_RULES or part == "rules"
    rules_at = "" if fits else _part(submission, "rules")
    return {
        "provider": submission.provider,
        "submission": submission,
        "report": report,
        "part": part,
        "tabs": tabs(submission, part),
        "words": quality_words,
        "verdict": quality_words.verdict(report, rules_at),
        "links": Links(submission.provider_id, submission.reference, report.version),
        "made": quality_words.make_ups(report),
        "trend": trend(submission, quality_words.target_score(report)),
        "rules": warnings.open,
        "explained": warnings.explained,
        "names": presenting.actors([said.by for _, said in warnings.explained]),
        "band": band,
        "usual_end": timezone.localdate() + timedelta(days=USUAL_DAYS),
        "shown_rules": SHOWN_RULES,
        "shown_items": SHOWN_ITEMS,
        "all_rules": _part(submission, "rules"),
        "all_tables": _part(submission, "tables"),
        "lost_chart": lost_by_table(report),
        "all_items": _part(submission, "items"),
        "tag": presenting.tag(submission),
        "may_submit": may(request.user, "submit_data", submission.provider),
    }


def _error_report(request: HttpRequest, submission: Submission) -> HttpResponse:
    """Show the faults of files refused at the door; send others back to their progress."""
    if submission.state != State.REFUSED:
        return redirect("submissions:index_one", submission.provider_id, submission.reference)
    return render(
        request,
        "submissions/refused.html",
        {
            "provider": submission.provider,
            "submission": submission,
            "faults": read_faults(submission),
            "may_submit": may(request.user, "submit_data", submission.provider),
        },
    )


def tabs(submission: Submission, part: str) -> list[Tab]:
    """Return the parts of a report as tabs, this one marked."""
    found = [Tab(title, _part(submission, name), name == part) for name, title in PARTS.items()]
    for name, title in (("quality_rows_all", "Rows with errors"), ("quality_compare", "Compare")):
        address = _address(f"submissions:{name}", submission.provider_id, submission.reference)
        if address:
            found.append(Tab(title, address, current=part == name))
    return found


def _part(submission: Submission, part: str) -> str:
    """Return the address of a part of a report."""
    place = [submission.provider_id, submission.reference]
    if part:
        return reverse("submissions:quality_part", args=[*place, part])
    return reverse("submissions:quality_report", args=place)


def _address(name: str, *arguments: str) -> str | None:
    """Return a page's address, or None where there is no such page."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return None
