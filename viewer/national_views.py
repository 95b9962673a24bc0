"""Pages across providers: the national overview, and a provider among anonymous peers."""

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import audit
from portal.access import for_provider, open_providers, with_power
from portal.models import Provider, User
from portal.row_security import NATION
from portal.scope import provider_scope
from viewer.comparing import alike_in, months_compared, over_time, strips
from viewer.cubes import compared
from viewer.evaluation import read_evaluation
from viewer.models import Arrival
from viewer.overview import read_overview
from viewer.peers import EVERYBODY, SIMILAR
from viewer.relations import newest_data_set
from viewer.states import ArrivalState


@require_safe
@with_power("view_overview")
def overview(request: HttpRequest) -> HttpResponse:
    """Show every provider at a glance, from figures that passed disclosure control."""
    names = dict(open_providers(Provider.objects.all()).values_list("code", "name"))
    with provider_scope(NATION):
        found = read_overview(newest_data_set(), names, NATION)
    audit.record(audit.Event.VIEWED_OVERVIEW, actor=_person(request), request=request)
    last = Arrival.objects.filter(state=ArrivalState.LOADED).aggregate(at=Max("arrived_at"))
    context = {"overview": found, "received_at": last["at"]}
    return render(request, "viewer/overview.html", context)


@require_safe
@with_power("view_overview")
def evaluation(request: HttpRequest) -> HttpResponse:
    """Show how the pilot itself goes, week by week, from figures that passed disclosure control."""
    with provider_scope(NATION):
        found = read_evaluation()
    audit.record(
        audit.Event.VIEWED_OVERVIEW, actor=_person(request), request=request, page="evaluation"
    )
    return render(request, "viewer/evaluation.html", {"evaluation": found})


@require_safe
@for_provider("view_aggregates")
def compare(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show a provider beside peers without names, if there are eight or more."""
    wanted = compared(newest_data_set())
    with provider_scope(provider.code):
        months = [(month.isoformat(), f"{month:%B %Y}") for month in months_compared()]
        chosen = request.GET.get("month", "")
        month = chosen if chosen in dict(months) else next(iter(dict(months)), "")
        alike = alike_in(month) if month else ""
        group = SIMILAR if alike and request.GET.get("peers") != EVERYBODY else EVERYBODY
        drawn = strips(wanted, month, group) if month else None
        lines = [drawing for one in wanted if (drawing := over_time(one, group))]
    audit.record(
        audit.Event.VIEWED_AGGREGATES, actor=_person(request), provider=provider, request=request
    )
    context = {
        "provider": provider,
        "months": months,
        "month": month,
        "group": group,
        "alike": alike,
        "strips": drawn,
        "lines": lines,
    }
    return render(request, "viewer/compare.html", context)


def _person(request: HttpRequest) -> User | str:
    """Return who asks, for the trail."""
    return request.user if isinstance(request.user, User) else "nobody"
