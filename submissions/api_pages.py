"""The pages about the API: how to send files with a script, its reference, and the keys."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.access import for_provider
from portal.models import Provider
from portal.navigation import Link
from submissions import presenting
from submissions.api.describing import describe
from submissions.credentials import Terms, TooManyKeys, live_credentials, new_key, revoke
from submissions.models import Credential

EXIT_CODES = (
    ("0", "Accepted, or accepted with warnings"),
    ("1", "Unexpected problem"),
    ("2", "Wrong options"),
    ("3", "Rejected by the checks"),
    ("4", "Not signed in or not allowed"),
    ("5", "Network or service not available, safe to try again"),
)
STATUSES = (
    ("202", "Received. Follow the address in Location; wait as long as Retry-After says."),
    ("200", "The same content came before: the answer names the first submission."),
    ("401, 403", "The key is missing, wrong, expired, or may not send for this provider."),
    ("409, 422", "The same submission is being received, or the form of the files is wrong."),
    ("413, 415", "Too large, or a kind of file that is not taken."),
    ("429, 503", "Too much at once. Wait as long as Retry-After says, then send again."),
)
DAYS = (30, 90, 180, 365)
METHODS = ("get", "post", "put", "delete")


@dataclass(frozen=True)
class Operation:
    """One thing that the API does."""

    method: str
    path: str
    sentence: str
    parameters: tuple[tuple[str, str, bool, str], ...]
    answers: tuple[str, ...]


@require_GET
@for_provider("submit_data")
def send(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show how to send files with one command, filled with the reader's own provider."""
    return render(
        request,
        "submissions/api_send.html",
        {
            "provider": provider,
            "tabs": _tabs(provider, "api"),
            "address": request.build_absolute_uri("/").rstrip("/"),
            "exit_codes": EXIT_CODES,
            "statuses": STATUSES,
            "keys": list(_keys(provider)[:3]),
        },
    )


@require_GET
@for_provider("submit_data")
def reference(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show every operation of the API, from its own description."""
    return render(
        request,
        "submissions/api_reference.html",
        {
            "provider": provider,
            "tabs": _tabs(provider, "api_reference"),
            "operations": operations(),
        },
    )


@require_http_methods(["GET", "POST"])
@for_provider("submit_data")
def keys(request: HttpRequest, provider: Provider) -> HttpResponse:
    """List a provider's keys; make one, and show its text once."""
    made, problem = None, ""
    if request.method == "POST":
        try:
            made = new_key(provider.code, by=f"person:{request.user.pk}", terms=_terms(request))
        except TooManyKeys as many:
            problem = str(many)
    found = list(_keys(provider))
    return render(
        request,
        "submissions/api_keys.html",
        {
            "provider": provider,
            "tabs": _tabs(provider, "api_keys"),
            "keys": found,
            "names": presenting.actors([key.made_by for key in found]),
            "live": {key.pk for key in live_credentials().filter(organisation=provider.code)},
            "made": made,
            "problem": problem,
            "days": DAYS,
        },
        status=201 if made else 409 if problem else 200,
    )


@require_POST
@for_provider("submit_data")
def revoke_key(request: HttpRequest, provider: Provider, identity: str) -> HttpResponse:
    """Take back one of a provider's keys; it stops working at once."""
    found = _keys(provider).filter(pk=identity).first()
    if found is None:
        raise Http404
    revoke(found, by=f"person:{request.user.pk}")
    return redirect("submissions:api_keys", provider.code)


def _keys(provider: Provider) -> Any:  # noqa: ANN401 - a query set of credentials
    return Credential.objects.filter(organisation=provider.code)


def _terms(request: HttpRequest) -> Terms:
    """Return what a new key may do, as the form asks for it."""
    days = request.POST.get("days", "")
    chosen = int(days) if days in {str(each) for each in DAYS} else DAYS[1]
    return Terms(name=request.POST.get("name", "").strip()[:100], days=chosen)


def _tabs(provider: Provider, current: str) -> list[Link]:
    """Return the pages about the API as tabs."""
    titles = {"api": "Send files", "api_reference": "Reference", "api_keys": "Keys"}
    return [
        Link(title, reverse(f"submissions:{name}", args=[provider.code]), current=name == current)
        for name, title in titles.items()
    ]


@cache
def operations() -> tuple[Operation, ...]:
    """Return what the API does, read from its OpenAPI description."""
    return tuple(
        _operation(method, path, methods[method])
        for path, methods in sorted(describe()["paths"].items())
        for method in METHODS
        if method in methods
    )


def _operation(method: str, path: str, said: dict[str, Any]) -> Operation:
    """Return one operation of the description."""
    parameters = tuple(
        (each["name"], each["in"], bool(each.get("required")), each.get("description", ""))
        for each in said.get("parameters", ())
    )
    sentence = said.get("description", said.get("summary", ""))
    return Operation(method.upper(), path, sentence, parameters, tuple(sorted(said["responses"])))
