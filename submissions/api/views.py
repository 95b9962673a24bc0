"""The submission API: send, list, follow, withdraw and retry."""

import hashlib
import re

from django.urls import reverse
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from submissions import acts
from submissions.api import documents as say
from submissions.api import serializers
from submissions.api.selection import (
    chosen_mode,
    chosen_provider,
    find,
    is_unsettled,
    machine_of,
    visible,
    wait_for,
)
from submissions.intake import Received, receive
from submissions.landing import Sender
from submissions.models import Submission
from submissions.refusals import Refusal
from submissions.states import Mode, State

PAGE = 50
AGAIN_SECONDS = "2"
KEY = re.compile(r"[\x21-\x7e]{1,200}")
REFERENCE = re.compile(r"S-[0-9A-Z]{7}")
BINARY = {"type": "string", "format": "binary"}
BODY = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"files": {"type": "array", "items": BINARY}},
    },
    "application/zip": BINARY,
    "application/gzip": BINARY,
    "text/csv": BINARY,
}


@say.operation(
    "list_submissions",
    {200: serializers.PageSerializer},
    refusals=(400,),
    methods=["GET"],
    parameters=[
        say.PROVIDER,
        say.AFTER,
        say.OpenApiParameter("state", str, enum=State.values),
        say.OpenApiParameter("mode", str, enum=Mode.values),
    ],
)
@say.operation(
    "submit",
    {200: serializers.SubmissionSerializer, 202: serializers.SubmissionSerializer},
    refusals=(400, 408, 409, 411, 413, 415, 422, 507),
    methods=["POST"],
    parameters=[say.PROVIDER, say.MODE, say.KEY, say.DIGEST, say.PREFER],
    request=BODY,
)
@api_view(["GET", "POST"])
def submissions(request: Request) -> Response:
    """List the submissions of your providers, or send one."""
    return _submit(request) if request.method == "POST" else _list(request)


def _submit(request: Request) -> Response:
    """Take a submission in."""
    machine = machine_of(request)
    sender = Sender(f"credential:{machine.pk}", machine.credential.organisation, "api")
    mode = chosen_mode(request)
    received = receive(
        request._request,  # noqa: SLF001 - the body is streamed past the framework's parsers
        chosen_provider(request),
        sender,
        mode=mode,
        idempotency_key=_idempotency_key(request),
    )
    return _answer(request, received)


def _answer(request: Request, received: Received) -> Response:
    """202 for a new submission, 200 for one that was there before."""
    submission = wait_for(request, received.submission)
    again = received.is_duplicate or received.is_replay
    response = Response(
        serializers.SubmissionSerializer(submission).data, status=200 if again else 202
    )
    response["Location"] = reverse("api:submission", args=[submission.reference])
    if is_unsettled(submission):
        response["Retry-After"] = AGAIN_SECONDS
    return response


def _idempotency_key(request: Request) -> str:
    """The sender's own name of a submission. Raises Refusal for one that is no plain text."""
    key = request.headers.get("Idempotency-Key", "")
    if key and not KEY.fullmatch(key):
        raise Refusal("Idempotency-Key is up to 200 printable characters without spaces.")
    return key


def _list(request: Request) -> Response:
    """A page of submissions, the newest first."""
    found = visible(request)
    if "provider" in request.query_params:
        found = found.filter(provider=chosen_provider(request))
    for name, known in (("state", State.values), ("mode", Mode.values)):
        if said := request.query_params.get(name):
            if said not in known:
                raise Refusal(f"`{name}` is one of {', '.join(known)}.")
            found = found.filter(**{name: said})
    if after := request.query_params.get("after"):
        last = found.filter(reference=after).first() if REFERENCE.fullmatch(after) else None
        if last is None:
            raise Refusal("`after` is the reference of a submission in this list.")
        found = found.filter(started_at__lt=last.started_at)
    page = list(found.order_by("-started_at")[: PAGE + 1])
    more = page[PAGE - 1].reference if len(page) > PAGE else None
    shown = serializers.SubmissionSerializer(page[:PAGE], many=True).data
    return Response({"submissions": shown, "next": more})


@say.operation(
    "get_submission",
    {200: serializers.SubmissionInFullSerializer, 304: None},
    parameters=[
        say.PREFER,
        say.OpenApiParameter("If-None-Match", str, say.OpenApiParameter.HEADER),
    ],
)
@api_view(["GET"])
def submission(request: Request, reference: str) -> Response:
    """Follow a submission; with `Prefer: wait=30` the answer waits until it is settled."""
    found = wait_for(request, find(request, reference))
    tag = _tag(found)
    if request.headers.get("If-None-Match") == tag:
        return Response(status=304, headers={"ETag": tag})
    response = Response(serializers.SubmissionInFullSerializer(found).data)
    response["ETag"] = tag
    if is_unsettled(found):
        response["Retry-After"] = AGAIN_SECONDS
    return response


def _tag(submission: Submission) -> str:
    """What changes whenever the answer does."""
    parts = (submission.id, submission.state, submission.moves.count(), submission.outcome)
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:20]}"'


@say.operation(
    "withdraw",
    {200: serializers.SubmissionSerializer},
    refusals=(400, 409, 415),
    request=serializers.ReasonSerializer,
)
@api_view(["POST"])
def withdraw(request: Request, reference: str) -> Response:
    """Take a submission back, with a reason."""
    found = find(request, reference)
    reason = serializers.ReasonSerializer(data=request.data)
    reason.is_valid(raise_exception=True)
    by = f"credential:{machine_of(request).pk}"
    withdrawn = acts.withdraw(found, by=by, because=reason.validated_data["because"])
    return Response(serializers.SubmissionSerializer(withdrawn).data)


@say.operation("retry", {200: serializers.SubmissionSerializer}, refusals=(400, 409), request=None)
@api_view(["POST"])
def retry(request: Request, reference: str) -> Response:
    """Have a submission tried again that failed by a fault of ours, or was set aside."""
    found = find(request, reference)
    queued = acts.retry(found, by=f"credential:{machine_of(request).pk}")
    return Response(serializers.SubmissionSerializer(queued).data)
