"""Pages of a provider's aggregate data and data quality; each opening is written to the trail."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal import audit, quality_words
from portal.access import for_provider
from portal.models import Provider, User
from portal.scope import provider_scope
from viewer.dashboard import View, draw_dashboard
from viewer.figures import Filters, lines_counted, read_coverage
from viewer.labels import choices
from viewer.measures import line_of_service
from viewer.quality import NoRows, latest_reports, read_report, score_chart
from viewer.relations import newest_data_set

PERIODS = {13: "Last 13 weeks", 26: "Last 26 weeks", 52: "Last 52 weeks"}
REPORTS_SHOWN = 60


@require_safe
@for_provider("view_aggregates")
def dashboard(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show a provider its own counts as charts."""
    data_set, filters = newest_data_set(), _filters(request.GET)
    with provider_scope(provider.code):
        coverage = read_coverage()
        last = coverage.last or timezone.localdate() - timedelta(days=1)
        tiles, drawings = draw_dashboard(View(data_set, coverage, filters, last))
        lines, ages = _lines_and_ages()
    audit.record(
        audit.Event.VIEWED_AGGREGATES, actor=_person(request), provider=provider, request=request
    )
    context = {
        "provider": provider,
        "coverage": coverage,
        "filters": filters,
        "periods": PERIODS,
        "lines": lines,
        "ages": ages,
        "tiles": tiles,
        "drawings": drawings,
    }
    return render(request, "viewer/dashboard.html", context)


@require_safe
@for_provider("view_quality")
def quality(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show a provider the data quality of what it sent, submission by submission."""
    with provider_scope(provider.code):
        reports = latest_reports(REPORTS_SHOWN)
        chart = score_chart(newest_data_set())
    audit.record(
        audit.Event.VIEWED_QUALITY, actor=_person(request), provider=provider, request=request
    )
    context = {"provider": provider, "reports": reports, "chart": chart}
    return render(request, "viewer/quality.html", context)


@require_safe
@for_provider("view_quality")
def quality_report(request: HttpRequest, provider: Provider, reference: str) -> HttpResponse:
    """Show the data quality report of one submission."""
    with provider_scope(provider.code):
        report = read_report(reference)
    if report is None:
        raise Http404
    audit.record(
        audit.Event.VIEWED_QUALITY,
        actor=_person(request),
        provider=provider,
        request=request,
        submission=reference,
    )
    context = {
        "provider": provider,
        "reference": reference,
        "report": report,
        "words": quality_words,
        "links": NoRows(),
    }
    return render(request, "viewer/quality_report.html", context)


@require_safe
def cannot_prevent(request: HttpRequest) -> HttpResponse:
    """Say honestly what view-only prevents and what it cannot."""
    return render(request, "viewer/cannot_prevent.html")


def _filters(query: QueryDict) -> Filters:
    """Return the filters of an address; what makes no sense is as if it were not there."""
    weeks = query.get("weeks", "")
    held = line_of_service(newest_data_set())
    lines = held.ages if held else {}
    line, age = query.get("line", ""), query.get("age", "")
    return Filters(
        weeks=int(weeks) if weeks.isdecimal() and int(weeks) in PERIODS else max(PERIODS),
        service_line=line if line in lines else "",
        age_group=age if age in lines.values() else "",
    )


def _lines_and_ages() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the service lines that the provider in scope has counts for, and the age groups."""
    data_set = newest_data_set()
    held = line_of_service(data_set)
    if held is None:
        return [], []
    table = data_set.tables[held.table]
    lines = data_set.value_sets[str(table.sent[str(table.sent_name(held.item))].value_set)]
    groups = set(held.ages.values())
    ages = next(one for one in data_set.value_sets.values() if groups <= one.codes.keys())
    return choices(lines, lines_counted(lines.codes)), choices(ages, groups)


def _person(request: HttpRequest) -> User:
    """Return who asks; a page that needs a permission is only ever reached by a person."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
