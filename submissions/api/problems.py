"""Every refusal of the API as application/problem+json (RFC 9457), without any value."""

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.urls import reverse
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from submissions.refusals import Refusal
from submissions.reports import error_of
from submissions.states import ForbiddenMove, State

CONTENT_TYPE = "application/problem+json"
AGAIN_SECONDS = 5
ACTS = {State.WITHDRAWN: "withdraw", State.RECEIVED: "retry"}
# What to do about each kind of problem.
REMEDIES: Mapping[str, str] = {
    "not-authenticated": "Send a live key or token as Authorization: Bearer.",
    "not-allowed": "This credential may not do this. Ask your provider's approver.",
    "not-found": "Nothing is here for you. Check the address and the reference.",
    "method-not-allowed": "Use one of the methods in the Allow header.",
    "wrong-type": "Send a kind of body that the reference names.",
    "bad-request": "Correct what the detail says.",
    "not-possible": "Do one of the acts in `possible` instead, or nothing.",
    "too-many": "Wait as long as Retry-After says.",
    "busy": "Wait as long as Retry-After says. Nothing was lost.",
    "fault": "This is a fault of ours. Try again; if it stays, tell us the request_id.",
}
BY_STATUS = {
    400: "bad-request",
    401: "not-authenticated",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    415: "wrong-type",
    429: "too-many",
}
log = logging.getLogger(__name__)


def remedy_of(kind: str) -> str | None:
    """What to do about a kind of problem; none for one that does not exist."""
    ours = {refusal.kind: refusal.remedy for refusal in Refusal.__subclasses__()}
    return {**ours, **REMEDIES}.get(kind)


def answer(fault: Exception, context: Mapping[str, Any]) -> Response:
    """Turn whatever went wrong in a view into a problem."""
    set_rollback()
    request: Request = context["request"]
    if isinstance(fault, Refusal):
        return _refusal(fault, request)
    if isinstance(fault, ForbiddenMove):
        possible = sorted(ACTS[state] for state in fault.possible if state in ACTS)
        return problem(request, 409, "not-possible", str(fault), possible=possible)
    if isinstance(fault, Http404):
        return problem(request, 404, "not-found", "There is nothing here.")
    if isinstance(fault, PermissionDenied):
        return problem(request, 403, "not-allowed", "This credential may not do this.")
    if isinstance(fault, APIException):
        return _of_framework(fault, request)
    return _unexpected(fault, request)


def problem(
    request: Request, status: int, kind: str, detail: str, *, title: str = "", **facts: object
) -> Response:
    """Make a problem of a kind. Its type can be opened and says what to do."""
    body = {
        "type": request.build_absolute_uri(reverse("api:problem", args=[kind])),
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": str(getattr(request, "id", "") or request.headers.get("X-Request-ID", "")),
        **facts,
    }
    return Response(body, status=status, content_type=CONTENT_TYPE)


def _refusal(refused: Refusal, request: Request) -> Response:
    """A refusal of ours, with the error report if it has one."""
    facts = dict(refused.facts)
    faults: Any = facts.pop("faults", ())
    if faults:
        facts["errors"] = [asdict(error_of(fault)) for fault in faults]
    made = problem(
        request, refused.status, refused.kind, refused.detail, title=refused.title, **facts
    )
    if refused.retry_after:
        made["Retry-After"] = str(refused.retry_after)
    return made


def _of_framework(fault: APIException, request: Request) -> Response:
    """A refusal of the framework, such as a missing credential or a wrong method."""
    kind = BY_STATUS.get(fault.status_code, "bad-request")
    made = problem(request, fault.status_code, kind, REMEDIES[kind])
    if header := getattr(fault, "auth_header", None):
        made["WWW-Authenticate"] = header
    if wait := getattr(fault, "wait", None):
        made["Retry-After"] = str(math.ceil(wait))
    return made


def _unexpected(fault: Exception, request: Request) -> Response:
    """A fault of ours: its kind is logged, its message, which may hold anything, is not."""
    log.error("api_fault", exc_info=fault)
    if isinstance(fault, OperationalError | InterfaceError):
        made = problem(request, 503, "busy", REMEDIES["busy"])
        made["Retry-After"] = str(AGAIN_SECONDS)
        return made
    return problem(request, 500, "fault", REMEDIES["fault"])
