"""View only: nothing leaves the national instance but pages, and a page can take nothing away."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from portal import audit, error_pages
from portal.models import User

SHOWN = frozenset(
    {"text/html", "text/css", "text/javascript", "image/svg+xml", "font/woff", "font/woff2"}
)
PLAIN = frozenset({"/healthz", "/readyz"})
POLICY = {
    "connect-src": ["'none'"],
    "img-src": ["'self'"],
    "object-src": ["'none'"],
    "frame-src": ["'none'"],
    "worker-src": ["'none'"],
    "sandbox": [
        "allow-forms",
        "allow-same-origin",
        "allow-scripts",
        "allow-top-navigation-by-user-activation",
    ],
}


def view_only(
    get_answer: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Let only pages pass, each in a sandbox without downloads, dialogs or requests of its own.

    Anything else becomes an error page and a line in the audit trail: the types are listed, so
    that what nobody thought of is refused too.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        files = request.path.startswith(settings.STATIC_URL)
        if files or settings.PORTAL_INSTANCE != "national":
            return get_answer(request)
        response = get_answer(request)
        if fault := fault_of(request, response):
            response.close()
            response = _refuse(request, fault)
        response._csp_replace = dict(POLICY)  # type: ignore[attr-defined]  # noqa: SLF001 - how django-csp is told
        return response

    return answer


def fault_of(request: HttpRequest, response: HttpResponseBase) -> str:
    """Return why an answer may not be shown; nothing if it may."""
    if response.streaming:
        return "streaming"
    if response.has_header("Content-Disposition"):
        return "attachment"
    if 300 <= response.status_code < 400 or response.status_code == 405:  # noqa: PLR2004 - HTTP
        return "" if not cast("HttpResponse", response).content else "content"
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in SHOWN or (kind == "text/plain" and request.path in PLAIN):
        return ""
    return "type"


def _refuse(request: HttpRequest, fault: str) -> HttpResponse:
    """Answer with the error page, and write down what was stopped."""
    person = getattr(request, "user", None)
    who = person if isinstance(person, User) else "nobody"
    audit.record(audit.Event.REFUSED, actor=who, request=request, export=fault)
    return error_pages.failed(request)
