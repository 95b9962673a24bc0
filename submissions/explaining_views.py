"""Explain a warning of a report, or take the explanation back."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.access import for_provider
from portal.models import Provider
from portal.quality_reports import RuleResult
from submissions.explanations import NoExplanation, Words, end_explanation, explain
from submissions.reports import read_report
from submissions.views import find


@require_POST
@for_provider("submit_data")
def explain_warning(request: HttpRequest, provider: Provider, reference: str) -> HttpResponse:
    """Write down why a warning of this submission is as it should be."""
    rule = _rule(request, provider, reference)
    if "end" in request.POST:
        end_explanation(provider, rule)
        messages.success(request, "The explanation has ended. The warning is shown again.")
        return redirect("submissions:quality_part", provider.code, reference, "rules")
    try:
        explain(provider, rule, _words(request), by=f"person:{request.user.pk}")
    except NoExplanation as problem:
        messages.error(request, f"Not explained: {problem}")
    else:
        messages.success(request, f"{rule.code} is explained and will be folded from now on.")
    return redirect("submissions:quality_part", provider.code, reference, "rules")


def _rule(request: HttpRequest, provider: Provider, reference: str) -> RuleResult:
    """Return the broken rule that a form names, or 404."""
    report = read_report(find(provider, reference))
    named = tuple(request.POST.get(name, "") for name in ("rule", "table", "item"))
    for rule in report.rules if report else ():
        if (rule.code, rule.table, rule.item or "") == named:
            return rule
    raise Http404


def _words(request: HttpRequest) -> Words:
    """Return what somebody says of a warning. Raises NoExplanation."""
    most = request.POST.get("most_rows", "")
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
    except ValueError as wrong:
        raise NoExplanation("Give the last day on which it holds.") from wrong
    if not (most.isascii() and most.isdigit()):
        raise NoExplanation("Give the number of rows up to which it holds.")
    return Words(request.POST.get("reason", "").strip()[:500], int(most[:12]), until)
