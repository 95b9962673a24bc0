"""Pages of pseudonymised records: a purpose first, a budget of rows, each page in the trail."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal import audit, error_pages
from portal.access import for_provider
from portal.models import Provider, User
from portal.scope import provider_scope
from viewer import budget
from viewer.display import NotAToken, read_token
from viewer.journey import MOST_ROWS, read_journey
from viewer.odd_reading import watch_persons, watch_refused, watch_rows
from viewer.records import PAGE, choices_of, read_asked, read_page, tables_of
from viewer.relations import newest_data_set
from viewer.watermark import watermark

PURPOSES = {
    "quality": "Data quality check",
    "service": "Planning or improving a service",
    "clinical_audit": "Clinical audit",
    "question": "A question from the provider's own staff",
}
_SESSION = "purposes"
Parameters = ParamSpec("Parameters")
View = Callable[Concatenate[HttpRequest, Provider, Parameters], HttpResponse]


def for_a_purpose(view: View[Parameters]) -> View[Parameters]:
    """Show a page of records to those who have said why; send others to the question first."""

    @wraps(view)
    def asked(
        request: HttpRequest,
        provider: Provider,
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> HttpResponse:
        if purpose_of(request, provider) is None:
            request.session["then"] = request.path
            return redirect("viewer:records_purpose", code=provider.code)
        return view(request, provider, *args, **kwargs)

    return cast("View[Parameters]", asked)


def purpose_of(request: HttpRequest, provider: Provider) -> str | None:
    """Return why a person looks at a provider's records in this session; None if not said."""
    said = request.session.get(_SESSION, {}).get(provider.code)
    return said if said in PURPOSES else None


@require_http_methods(["GET", "HEAD", "POST"])
@for_provider("view_records")
def purpose(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Ask why somebody looks at records, once in a session and provider."""
    said = request.POST.get("purpose", "")
    if said in PURPOSES:
        request.session[_SESSION] = {**request.session.get(_SESSION, {}), provider.code: said}
        home = reverse("viewer:records", kwargs={"code": provider.code})
        wanted = request.session.pop("then", home)
        return redirect(wanted if wanted.startswith(f"/providers/{provider.code}/") else home)
    context = {"provider": provider, "purposes": PURPOSES, "missing": request.method == "POST"}
    return render(
        request, "viewer/purpose.html", context, status=400 if context["missing"] else 200
    )


@require_safe
@for_provider("view_records")
@for_a_purpose
def records(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show the tables that hold records."""
    context = {"provider": provider, "tables": tables_of(newest_data_set())}
    return render(request, "viewer/records.html", context | _around(request, provider))


@require_safe
@for_provider("view_records")
@for_a_purpose
def table_page(request: HttpRequest, provider: Provider, table: str) -> HttpResponse:
    """Show fifty records of a table, if the budget allows."""
    data_set = newest_data_set()
    wanted = next((one for one in tables_of(data_set) if one.name == table), None)
    if wanted is None:
        raise Http404
    asked = read_asked(data_set, wanted, request.GET)
    with transaction.atomic():
        spent = budget.hold(_person(request), provider)
        if not spent.leaves(PAGE):
            return _spent(request, provider, spent)
        with provider_scope(provider.code):
            page = read_page(data_set, wanted, provider.code, asked)
        budget.spend(_person(request), provider, len(page.lines))
        audit.record(
            audit.Event.VIEWED_RECORDS,
            actor=_person(request),
            provider=provider,
            request=request,
            table=wanted.name,
            filters=asked.digest,
            rows=len(page.lines),
            purpose=purpose_of(request, provider),
        )
        watch_rows(_person(request), provider, request, spent.share(len(page.lines)))
    context = {
        "provider": provider,
        "table": wanted,
        "tables": tables_of(data_set),
        "page": page,
        "choices": choices_of(data_set, wanted, asked),
        "first": asked.before is None,
        "query": urlencode({name: code for name, code in asked.chosen.items() if code}),
    }
    return render(request, "viewer/table.html", context | _around(request, provider))


@require_safe
@for_provider("view_records")
@for_a_purpose
def person(request: HttpRequest, provider: Provider, token: str) -> HttpResponse:
    """Show the journey behind a display pseudonym, if the budget allows."""
    try:
        token = read_token(token)
    except NotAToken:
        raise Http404 from None
    with transaction.atomic():
        spent = budget.hold(_person(request), provider)
        if not spent.leaves(MOST_ROWS):
            return _spent(request, provider, spent)
        with provider_scope(provider.code):
            journey = read_journey(newest_data_set(), provider.code, token)
        rows = journey.rows if journey else 0
        budget.spend(_person(request), provider, rows)
        audit.record(
            audit.Event.VIEWED_PERSON,
            actor=_person(request),
            provider=provider,
            request=request,
            pseudonym=token,
            rows=rows,
            purpose=purpose_of(request, provider),
        )
        watch_rows(_person(request), provider, request, spent.share(rows))
        watch_persons(_person(request), provider, request)
    if journey is None:
        raise Http404
    context = {"provider": provider, "journey": journey}
    return render(request, "viewer/person.html", context | _around(request, provider))


@require_POST
@for_provider("view_records")
@for_a_purpose
def find(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Go to the journey of a pseudonym that was typed in."""
    try:
        token = read_token(request.POST.get("pseudonym", ""))
    except NotAToken as fault:
        context = {
            "provider": provider,
            "tables": tables_of(newest_data_set()),
            "fault": str(fault),
        }
        return render(
            request, "viewer/records.html", _around(request, provider) | context, status=400
        )
    return redirect("viewer:records_person", code=provider.code, token=token)


def _around(request: HttpRequest, provider: Provider) -> dict[str, object]:
    """Return what every page of records shows: why, and who looks at it when."""
    said = purpose_of(request, provider)
    return {
        "purpose": PURPOSES[said] if said else "",
        "watermark": watermark(f"{_person(request)} · {provider.code}", timezone.localtime()),
        "fault": "",
    }


def _spent(request: HttpRequest, provider: Provider, spent: budget.Spent) -> HttpResponse:
    """Refuse a page that would go beyond the budget, and write it down."""
    audit.record(
        audit.Event.BUDGET_SPENT, actor=_person(request), provider=provider, request=request
    )
    watch_refused(_person(request), provider, request, spent)
    return error_pages.too_many(request, wait=3600)


def _person(request: HttpRequest) -> User:
    """Return who asks; a page that needs a permission is only ever reached by a person."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
