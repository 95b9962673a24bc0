"""Uploads that can be resumed: tus 1.0 with creation, checksum, termination and expiration.

Errors are problems like everywhere else, with the statuses that the protocol gives them.
"""

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from submissions import limits, parts
from submissions.api import documents as say
from submissions.api.selection import chosen_mode, chosen_provider, machine_of
from submissions.landing import Sender, current_limits
from submissions.models import Upload
from submissions.parts import SAID, TYPE, VERSION
from submissions.pieces import append, is_complete, start_upload, terminate
from submissions.refusals import WrongType
from submissions.resuming import complete

RESUMABLE = say.OpenApiParameter("Tus-Resumable", str, say.OpenApiParameter.HEADER, enum=[VERSION])
OFFSET = say.OpenApiParameter("Upload-Offset", int, say.OpenApiParameter.HEADER)
LENGTH = say.OpenApiParameter("Upload-Length", int, say.OpenApiParameter.HEADER)
METADATA = say.OpenApiParameter(
    "Upload-Metadata", str, say.OpenApiParameter.HEADER, description="filename and its base64"
)


@say.operation(
    "start_upload",
    {201: None},
    refusals=(400, 412, 413, 507),
    methods=["POST"],
    parameters=[say.PROVIDER, say.MODE, RESUMABLE, LENGTH, METADATA],
    request=None,
)
@api_view(["POST", "OPTIONS"])
def uploads(request: Request) -> Response:
    """Begin an upload that can be resumed; meant for files over 64 MB."""
    if request.method == "OPTIONS":
        most = {"Tus-Max-Size": str(current_limits().sent_bytes)}
        return Response(status=204, headers={**SAID, **most})
    parts.check_version(request.headers)
    mode, provider = chosen_mode(request), chosen_provider(request)
    limits.check_room(provider)
    machine = machine_of(request)
    upload = start_upload(
        provider,
        Sender(f"credential:{machine.pk}", machine.credential.organisation, "tus"),
        mode=mode,
        name=parts.file_name_in(request.headers),
        length=parts.number_in(request.headers, "Upload-Length"),
    )
    made = _answer(upload, 201)
    made["Location"] = request.build_absolute_uri(reverse("api:upload", args=[upload.pk]))
    return made


@say.operation(
    "get_upload", {200: None, 204: None}, refusals=(412,), methods=["HEAD"], parameters=[RESUMABLE]
)
@say.operation(
    "continue_upload",
    {204: None},
    refusals=(400, 409, 412, 415, 422, 460),
    methods=["PATCH"],
    parameters=[RESUMABLE, OFFSET],
    request={TYPE: {"type": "string", "format": "binary"}},
)
@say.operation(
    "end_upload", {204: None}, refusals=(412,), methods=["DELETE"], parameters=[RESUMABLE]
)
@api_view(["HEAD", "PATCH", "DELETE"])
def upload(request: Request, identity: str) -> Response:
    """Ask how much has come, send more, or give up. The last part answers for the whole."""
    parts.check_version(request.headers)
    machine = machine_of(request)
    found = Upload.objects.select_related("submission").filter(
        pk=identity, expires_at__gt=timezone.now(), submission__provider__in=machine.providers
    )
    one = found.first()
    if one is None:
        raise Http404
    if request.method == "DELETE":
        terminate(one, by=f"credential:{machine.pk}", because="The sender gave it up.")
        return Response(status=204, headers=SAID)
    if request.method == "PATCH":
        return _continue(request, one)
    return _finished(one, _answer(one, 200))


def _continue(request: Request, one: Upload) -> Response:
    """Take a part in, and bring the whole to the door when it was the last."""
    if request.content_type != TYPE:
        raise WrongType(f"A part is sent as {TYPE}.")
    # the body is streamed past the framework's parsers
    reader = parts.reader(request._request)  # noqa: SLF001
    append(one, parts.number_in(request.headers, "Upload-Offset"), reader)
    return _finished(one, _answer(one, 204))


def _finished(one: Upload, response: Response) -> Response:
    """Bring an upload to the door if all of it has come, also where an earlier try was cut off."""
    if is_complete(one):
        received = complete(one.submission_id)
        response["Submission-Reference"] = received.submission.reference
    return response


def _answer(one: Upload, status: int) -> Response:
    """What the protocol wants to hear of an upload."""
    return Response(status=status, headers=parts.about(one))
