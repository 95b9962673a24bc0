"""Say whether the process lives, and whether it is ready to serve: no detail, no sign-in."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

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
    ready = all(_answers(alias) for alias in connections) and _cache_answers()
    return HttpResponse(
        "ready\n" if ready else "not ready\n", content_type=_PLAIN, status=200 if ready else 503
    )


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
