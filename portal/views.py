"""The first page after signing in, and a person's own account."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse

from portal.access import has_power, providers_of, with_power
from portal.health import ready
from portal.models import AccessRequest, Grant, User
from portal.models.access import RequestState
from portal.operations import panels
from portal.roles import ROLES

# where a permission or a power leads, in the order in which it is somebody's main work
_WORK_AT_PROVIDER = (
    ("view_aggregates", "viewer:dashboard"),
    ("submit_data", "submissions:home"),
    ("view_submissions", "submissions:home"),
    ("approve_access", "portal:access_requests"),
)
_WORK_EVERYWHERE = (
    ("view_overview", "viewer:overview"),
    ("operate_collection", "portal:operations"),
    ("read_trail", "portal:audit"),
    ("manage_specification", "specification:index"),
    ("administer", "admin:index"),
)


def home(request: HttpRequest) -> HttpResponse:
    """Send a person to their work, let them choose among providers, or say how to ask."""
    if (everywhere := _work_everywhere(request)) is not None:
        return redirect(everywhere)
    places = _places(request)
    if len(places) == 1:
        return redirect(places[0][1])
    return render(request, "portal/home.html", {"places": places})


def account(request: HttpRequest) -> HttpResponse:
    """Show a person their roles, their second factors and where they are signed in."""
    person = request.user
    grants = Grant.objects.in_force().filter(person_id=person.pk)
    return render(
        request,
        "portal/account.html",
        {
            "person": person,
            "grants": [(ROLES[grant.role], grant) for grant in grants.select_related("provider")],
            "requests": [
                (ROLES[asked.role], asked)
                for asked in AccessRequest.objects.filter(
                    person_id=person.pk, state=RequestState.WAITING
                ).select_related("provider")
            ],
            "factors": Authenticator.objects.filter(user_id=person.pk),
            "sessions": UserSession.objects.filter(user_id=person.pk).count(),
        },
    )


@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say how accessible the portal is, and whom to tell where it is not."""
    return render(request, "portal/accessibility.html")


@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what the portal keeps about the people who use it."""
    return render(request, "portal/privacy.html")


@login_not_required
def status(request: HttpRequest) -> HttpResponse:
    """Say whether the service runs, with the banners of the day."""
    return render(request, "portal/status.html", {"ready": ready()})


@with_power("operate_collection")
def operations(request: HttpRequest) -> HttpResponse:
    """Show operators the queue, what is stuck, and who sent what."""
    return render(request, "portal/operations.html", {"panels": panels()})


def _work_everywhere(request: HttpRequest) -> str | None:
    if not isinstance(request.user, User):
        return None
    for power, name in _WORK_EVERYWHERE:
        if has_power(request.user, power) and (address := _address(name)) is not None:
            return address
    return None


def _places(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the providers that are open to somebody, each with the address of their work there."""
    found: dict[str, tuple[str, str]] = {}
    for permission, name in _WORK_AT_PROVIDER:
        for provider in providers_of(request.user, permission):
            address = _address(name, code=provider.code)
            if address is not None:
                found.setdefault(provider.code, (str(provider), address))
    return list(found.values())


def _address(name: str, **arguments: str) -> str | None:
    try:
        return reverse(name, kwargs=arguments)
    except NoReverseMatch:
        return None
