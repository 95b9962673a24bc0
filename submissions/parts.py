"""How the parts of a resumable upload are spoken of: the headers of tus 1.0, read and written."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.utils.http import http_date

from submissions.models import Upload
from submissions.pieces import WrongChecksum
from submissions.refusals import Refusal

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


def check_version(headers: Mapping[str, str]) -> None:
    """Hold the client's version against ours. Raises WrongVersion."""
    if headers.get("Tus-Resumable") != VERSION:
        raise WrongVersion(f"The version is {VERSION}.")


def number_in(headers: Mapping[str, str], name: str) -> int:
    """Return the number in a header. Raises Refusal."""
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < len(str(10**15))):
        raise Refusal(f"{name} is a number.")
    return int(text)


def file_name_in(headers: Mapping[str, str]) -> str:
    """Return the name of the file in the metadata. Raises Refusal."""
    pairs = (part.split() for part in headers.get("Upload-Metadata", "").split(","))
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


def reader(request: HttpRequest) -> Callable[[int], bytes]:
    """Return a way to read the part; read whole and verified first where a checksum is announced.

    Raises Refusal or WrongChecksum.
    """
    header = request.headers.get("Upload-Checksum")

    def read(size: int) -> bytes:
        try:
            return request.read(size)
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


def about(upload: Upload) -> dict[str, str]:
    """Return the headers that the protocol wants to hear of an upload."""
    return {
        **SAID,
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.length),
        "Upload-Expires": http_date(upload.expires_at.timestamp()),
    }
