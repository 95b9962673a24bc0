"""What every request passes: a name, hard headers, and whether its session may still go on."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from portal.logs import following
from portal.models import User
from portal.sessions import ASSURANCE, STRONG, Ended, look_after

Answer = HttpResponseBase
Next = Callable[[HttpRequest], Answer]

_log = logging.getLogger("portal.requests")
_REQUEST_ID = re.compile(r"\A[0-9a-f-]{8,36}\Z")
_NO_FEATURES = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "clipboard-read",
        "clipboard-write",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)
HEADERS = {
    "Cache-Control": "no-store",
    "Permissions-Policy": f"{_NO_FEATURES}, publickey-credentials-get=(self)",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
_WITHOUT_SECOND_FACTOR = ("/accounts/", "/healthz", "/readyz", "/static/")


def name_requests(get_answer: Next) -> Next:
    """Give every request an id, which its log lines, audit events and answer carry.

    The log line names the page, never its address: addresses carry tokens.
    """

    def answer(request: HttpRequest) -> Answer:
        given = request.headers.get("X-Request-ID", "")
        name = given if _REQUEST_ID.match(given) else str(uuid.uuid4())
        request.id = name  # type: ignore[attr-defined] # ours
        began = time.perf_counter()
        with following(name):
            response = get_answer(request)
            found = request.resolver_match
            facts = {
                "method": request.method,
                "page": found.view_name if found else "no page",
                "status": response.status_code,
                "ms": round((time.perf_counter() - began) * 1000),
            }
            _log.info("answered", extra=facts)
        response["X-Request-ID"] = name
        return response

    return answer


def see_past_proxies(get_answer: Next) -> Next:
    """Put the client's address in place of the proxy's, where PROXIES of our own stand before us.

    Only what they wrote is believed: what a client puts in the header stands further left.
    """

    def answer(request: HttpRequest) -> Answer:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if 0 < settings.PROXIES <= len(hops):
            request.META["REMOTE_ADDR"] = hops[-settings.PROXIES].strip()
        return get_answer(request)

    return answer


def harden_answers(get_answer: Next) -> Next:
    """Let no browser or proxy keep an answer (but for the style), or hand it to another site."""

    def answer(request: HttpRequest) -> Answer:
        response = get_answer(request)
        for header, value in HEADERS.items():
            response.setdefault(header, value)
        if not request.path.startswith(settings.STATIC_URL):
            response["Cache-Control"] = "no-store"
        return response

    return answer


def end_sessions(get_answer: Next) -> Next:
    """End a session that has been idle, has lasted too long, or has lost a grant."""

    def answer(request: HttpRequest) -> Answer:
        if isinstance(request.user, User) and request.session.session_key:
            ended = look_after(request, request.user)
            if ended is not None:
                return _sign_out(request, ended)
        return get_answer(request)

    return answer


def ask_for_second_factor(get_answer: Next) -> Next:
    """Send a person without a second factor to make one, before they see anything."""

    def answer(request: HttpRequest) -> Answer:
        person = request.user
        if (
            settings.REQUIRE_MFA
            and isinstance(person, User)
            and not request.path.startswith(_WITHOUT_SECOND_FACTOR)
            and request.session.get(ASSURANCE) not in STRONG
            and not is_mfa_enabled(person)
        ):
            return redirect("mfa_index")
        return get_answer(request)

    return answer


def _sign_out(request: HttpRequest, ended: Ended) -> Answer:
    logout(request)
    response = redirect(f"{settings.LOGIN_URL}?ended={ended}")
    response["Clear-Site-Data"] = '"cache", "storage"'
    if request.headers.get("HX-Request"):
        response = redirect(settings.LOGIN_URL)
        response.status_code = 200
        response["HX-Redirect"] = f"{settings.LOGIN_URL}?ended={ended}"
    return response
