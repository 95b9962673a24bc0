"""Uploads that can be resumed: tus 1.0 with creation, checksum, termination and expiration.

Errors are problems like everywhere else, with the statuses that the protocol gives them.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.http import Http404
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from submissions import limits
from submissions.api import documents as say
from submissions.api.selection import chosen_mode, chosen_provider, machine_of
from submissions.landing import Sender, current_limits
from submissions.models import Upload
from submissions.pieces import WrongChecksum, append, is_complete, start_upload, terminate
from submissions.refusals import Refusal, WrongType
from submissions.resuming import complete

VERSION = "1.0.0"
TYPE = "application/offset+octet-stream"
LONGEST_NAME = 200
LONGEST_PART_WITH_CHECKSUM = 64 * 1024 * 1024
HASHES: Mapping[str, Callable[..., Any]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
SAID = {
    "Tus-Resumable": VERSION,
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,checksum,termination,expiration",
    "Tus-Checksum-Algorithm": ",".join(HASHES),
    "Cache-Control": "no-store",
}


class WrongVersion(Refusal):
    """A client of another version of the protocol."""

    status = 412
    kind = "wrong-version"
    title = "Another version of tus is spoken here"
    remedy = "Send Tus-Resumable: 1.0.0."


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
    _check_version(request)
    mode, provider = chosen_mode(request), chosen_provider(request)
    limits.check_room(provider)
    machine = machine_of(request)
    upload = start_upload(
        provider,
        Sender(f"credential:{machine.pk}", machine.credential.organisation, "tus"),
        mode=mode,
        name=_file_name(request),
        length=_number(request, "Upload-Length"),
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
    _check_version(request)
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
    append(one, _number(request, "Upload-Offset"), _reader(request))
    return _finished(one, _answer(one, 204))


def _finished(one: Upload, response: Response) -> Response:
    """Bring an upload to the door if all of it has come, also where an earlier try was cut off."""
    if is_complete(one):
        received = complete(one)
        response["Submission-Reference"] = received.submission.reference
    return response


def _reader(request: Request) -> Callable[[int], bytes]:
    """A way to read the part; whole and verified first, where a checksum is announced."""
    stream = request._request  # noqa: SLF001 - the body is streamed past the framework's parsers
    header = request.headers.get("Upload-Checksum")

    def read(size: int) -> bytes:
        try:
            return stream.read(size)
        except UnreadablePostError:
            return b""  # what came before the break is kept; the sender resumes from there

    if not header:
        return read
    name, _, wanted = header.partition(" ")
    if name not in HASHES:
        raise Refusal(f"Upload-Checksum may use {', '.join(HASHES)}.")
    data = memoryview(read(LONGEST_PART_WITH_CHECKSUM))
    if base64.b64encode(HASHES[name](data).digest()).decode() != wanted:
        raise WrongChecksum("Nothing of this part was kept.")
    place = 0

    def take(size: int) -> bytes:
        nonlocal place
        piece = bytes(data[place : place + size])
        place += len(piece)
        return piece

    return take


def _answer(one: Upload, status: int) -> Response:
    """What the protocol wants to hear of an upload."""
    expires: datetime = one.expires_at
    return Response(
        status=status,
        headers={
            **SAID,
            "Upload-Offset": str(one.offset),
            "Upload-Length": str(one.length),
            "Upload-Expires": http_date(expires.timestamp()),
        },
    )


def _check_version(request: Request) -> None:
    """Hold the client's version against ours. Raises WrongVersion."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise WrongVersion(f"The version is {VERSION}.")


def _number(request: Request, name: str) -> int:
    """A number in a header. Raises Refusal."""
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < len(str(10**15))):
        raise Refusal(f"{name} is a number.")
    return int(text)


def _file_name(request: Request) -> str:
    """The name of the file in the metadata. Raises Refusal."""
    pairs = (part.split() for part in request.headers.get("Upload-Metadata", "").split(","))
    said = {pair[0]: pair[1] for pair in pairs if len(pair) == len(("name", "value"))}
    try:
        name = base64.b64decode(said.get("filename", ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as wrong:
        raise Refusal("`filename` in Upload-Metadata is base64 of UTF-8.") from wrong
    if not name:
        return "submission.zip"
    if len(name) > LONGEST_NAME or not name.isprintable() or set(name) & set('/\\"'):
        raise Refusal("The file's name has characters that a name has not.")
    return name
