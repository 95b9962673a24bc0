"""Say whether the process lives, is ready to serve, and how it fares: no detail, no sign-in."""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

_PLAIN = "text/plain; charset=utf-8"


@require_safe
@login_not_required
def is_alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer as long as the process does; it asks nothing else."""
    return HttpResponse("alive\n", content_type=_PLAIN)


@require_safe
@login_not_required
def is_ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer 200 when every database and the cache answer too, 503 otherwise."""
    text, status = ("ready\n", 200) if ready() else ("not ready\n", 503)
    return HttpResponse(text, content_type=_PLAIN, status=status)


def ready() -> bool:
    """Say whether every database and the cache answer."""
    return all(_answers(alias) for alias in connections) and _cache_answers()


@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the monitoring, which shows METRICS_TOKEN; to anybody else the page is not there."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if not token or not hmac.compare_digest(shown.encode(), token.encode()):
        raise Http404
    counted: HttpResponse = ExportToDjangoView(request)
    return counted


def _answers(alias: str) -> bool:
    try:
        connections[alias].ensure_connection()
    except DatabaseError:
        return False
    # records are read inside a provider's scope alone: that the connection stands must do
    return alias != DEFAULT_DB_ALIAS or connections[alias].is_usable()


def _cache_answers() -> bool:
    try:
        cache.get("readyz")
    except OSError:
        return False
    return True
