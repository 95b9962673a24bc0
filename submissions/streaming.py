"""Read a request's body as it comes, straight into the store: hashed, counted, never on disk."""

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Protocol

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from submissions.landing import Landing, add, close_file, open_file, rest, take
from submissions.refusals import (
    IncompleteUpload,
    NoLength,
    TooLarge,
    TooSlow,
    WrongDigest,
    WrongType,
)
from submissions.store import FRAME

DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
FILE_NAME = re.compile(r'filename="([^"\\/\x00-\x1f]{1,200})"')
# The room that boundaries and part headings take beside the files themselves.
MULTIPART_ROOM = 1024 * 1024
SUFFIXES = {
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/gzip": ".csv.gz",
    "application/x-gzip": ".csv.gz",
    "text/csv": ".csv",
}


class _Stream(Protocol):
    """What a body is read from."""

    def read(self, size: int = ...) -> bytes:
        """Some bytes, none at the end."""

    def readline(self, size: int = ...) -> bytes:
        """Bytes up to the end of a line."""


class Counted:
    """A body that is counted, and hashed if asked for, while somebody else reads it."""

    def __init__(self, stream: _Stream, *, hashed: bool) -> None:
        self.stream = stream
        self.size = 0
        self.hasher = hashlib.sha256() if hashed else None

    def read(self, *size: int) -> bytes:
        """The next bytes."""
        return self._note(self.stream.read(*size))

    def readline(self, *size: int) -> bytes:
        """The next line."""
        return self._note(self.stream.readline(*size))

    def _note(self, data: bytes) -> bytes:
        """Count what was read."""
        self.size += len(data)
        if self.hasher:
            self.hasher.update(data)
        return data


class StreamingUpload(FileUploadHandler):
    """Pass the files of a form on to the store as they come; nothing is left in request.FILES."""

    chunk_size = FRAME

    def __init__(self, request: HttpRequest, landing: Landing) -> None:
        super().__init__(request)
        self.landing = landing

    def new_file(self, *arguments: object, **more: object) -> None:
        """Begin a file. A field without a file is passed over."""
        super().new_file(*arguments, **more)  # type: ignore[arg-type]
        open_file(self.landing, str(self.file_name))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Pass bytes on; no other handler gets to see them."""
        add(self.landing, raw_data)

    def file_complete(self, file_size: int) -> None:
        """Keep the file."""
        close_file(self.landing)


def read_body(request: HttpRequest, landing: Landing) -> None:
    """Read the whole body of a request into a landing, and verify its length and digest.

    A form may hold any number of files; anything else is one file. Raises Refusal.
    """
    announced = _length(request, landing)
    wanted = _wanted_digest(request)
    counted = Counted(request._stream, hashed=wanted is not None)  # noqa: SLF001 - Django has no public way to look on while its parser reads
    request._stream = counted  # type: ignore[assignment]  # noqa: SLF001 - as above
    rest()
    try:
        if _is_form(request):
            request.upload_handlers = [StreamingUpload(request, landing)]
            request.POST  # noqa: B018 - reading it reads the body
        else:
            take(landing, _name(request), _chunks(counted))
    except (UnreadablePostError, TimeoutError) as broken:
        if isinstance(broken, TimeoutError) or isinstance(broken.__context__, TimeoutError):
            raise TooSlow("Nothing of it was kept.") from broken
        raise IncompleteUpload("The connection broke before the body had come.") from broken
    except (SuspiciousOperation, RequestDataTooBig) as broken:
        raise WrongType("The form cannot be read.") from broken
    _verify(announced, counted, wanted)


def _verify(announced: int, counted: Counted, wanted: bytes | None) -> None:
    """Hold what came against what was announced. Raises Refusal."""
    while counted.read(FRAME):
        pass
    if counted.size != announced:
        raise IncompleteUpload(f"{announced:,} bytes were announced and {counted.size:,} came.")
    if counted.hasher and counted.hasher.digest() != wanted:
        raise WrongDigest("The body's SHA-256 is not the one in Content-Digest. Send it again.")


def _is_form(request: HttpRequest) -> bool:
    """Whether the body is a form with files."""
    return request.content_type == "multipart/form-data"


def _length(request: HttpRequest, landing: Landing) -> int:
    """The announced length of the body. Raises NoLength or TooLarge."""
    text = request.META.get("CONTENT_LENGTH", "")
    if not text.isdigit():
        raise NoLength("Send a Content-Length header.")
    room = landing.limits.sent_bytes + (MULTIPART_ROOM if _is_form(request) else 0)
    if int(text) > room:
        raise TooLarge(f"A submission may hold {landing.limits.sent_bytes:,} bytes.")
    return int(text)


def _wanted_digest(request: HttpRequest) -> bytes | None:
    """The SHA-256 in the Content-Digest header (RFC 9530). Raises WrongDigest if it has none."""
    header = request.headers.get("Content-Digest", "")
    if not header:
        return None
    found = DIGEST.search(header)
    if found is None:
        raise WrongDigest("Content-Digest must hold sha-256=:...: with 32 bytes in base64.")
    return base64.b64decode(found.group(1))


def _name(request: HttpRequest) -> str:
    """The name of a file that is the whole body. Raises WrongType for other kinds of content."""
    suffix = SUFFIXES.get(str(request.content_type))
    if suffix is None:
        raise WrongType(
            "Send a form with files, or a body of application/zip, application/gzip or text/csv."
        )
    named = FILE_NAME.search(request.headers.get("Content-Disposition", ""))
    return named.group(1) if named else f"submission{suffix}"


def _chunks(stream: _Stream) -> Iterator[bytes]:
    """The body in frames."""
    while data := stream.read(FRAME):
        yield data
