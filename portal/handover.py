"""The hand-over store: sealed folders go one way, signed acknowledgements come back.

A transfer is there when its signature is there; the signature is always put last.
"""

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portal.manifests import SIGNATURE, BrokenSeal

OUTGOING, ACKNOWLEDGEMENTS = "outgoing", "acknowledgements"
_PURPOSE = b"community acknowledgement 1\0"


class Received(StrEnum):
    """What became of a transfer on the other side."""

    LOADED = "loaded"
    STALE = "stale"
    REFUSED = "refused"
    ASKED = "asked"


@dataclass(frozen=True)
class Acknowledgement:
    """The national instance's word on one transfer; `code` says why it was refused.

    `asked` holds the pseudonyms, by domain, whose new names a rotation has to tell.
    """

    transfer: uuid.UUID
    submission: uuid.UUID
    provider: str
    slot_version: int
    outcome: Received
    code: str
    rows: int
    at: datetime
    asked: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Shelf(Protocol):
    """A place for small trees of files, named by paths such as outgoing/<id>/manifest.json."""

    def put(self, name: str, source: Path) -> None:
        """Put a copy of the file there, whole or not at all, in place of one of that name."""

    def get(self, name: str, target: Path) -> None:
        """Copy what is there to the file. Raises FileNotFoundError."""

    def names(self, prefix: str) -> list[str]:
        """The names below the prefix, in order."""

    def remove(self, name: str) -> None:
        """Take it away, if it is there."""


def open_handover(url: str) -> Shelf:
    """The hand-over store of a URL: file:///folder or s3://bucket/prefix."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderShelf(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        return BucketShelf(parts.netloc, parts.path.strip("/"))
    raise ValueError("HANDOVER_URL begins with file:// or s3://")


def deposit(shelf: Shelf, folder: Path) -> None:
    """Hand a sealed folder over, the signature last. Again is harmless: the same bytes."""
    files = sorted(folder.iterdir(), key=lambda path: (path.name == SIGNATURE, path.name))
    if not files or files[-1].name != SIGNATURE:
        raise BrokenSeal("UNSIGNED")
    for path in files:
        shelf.put(f"{OUTGOING}/{folder.name}/{path.name}", path)


def pending(shelf: Shelf) -> list[str]:
    """The ids of the transfers that are complete and not yet acknowledged."""
    there = {name.split("/")[1] for name in shelf.names(OUTGOING) if name.endswith(f"/{SIGNATURE}")}
    answered = {Path(name).stem for name in shelf.names(ACKNOWLEDGEMENTS) if name.endswith(".sig")}
    return sorted(there - answered)


def fetch(shelf: Shelf, transfer: str, into: Path) -> Path:
    """Copy a transfer into a fresh folder of its name and return that."""
    folder = into / transfer
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in shelf.names(f"{OUTGOING}/{transfer}"):
        shelf.get(name, folder / Path(name).name)
    return folder


def acknowledge(
    shelf: Shelf, acknowledgement: Acknowledgement, key: Ed25519PrivateKey, work: Path
) -> None:
    """Answer a transfer with a signed word, the signature last. Again is harmless."""
    said: dict[str, Any] = {name: str(value) for name, value in vars(acknowledgement).items()}
    said |= {"at": acknowledgement.at.isoformat(), "asked": dict(acknowledgement.asked)}
    text = json.dumps(said, indent=1, sort_keys=True).encode()
    work.mkdir(parents=True, exist_ok=True)
    for suffix, content in (("json", text), ("sig", key.sign(_PURPOSE + text))):
        path = work / f"{acknowledgement.transfer}.{suffix}"
        path.write_bytes(content)
        shelf.put(f"{ACKNOWLEDGEMENTS}/{path.name}", path)
        path.unlink()


def acknowledgements(
    shelf: Shelf, key: Ed25519PublicKey, work: Path
) -> Iterator[Acknowledgement | BrokenSeal]:
    """The answers to transfers not yet cleared; a bad signature comes as its BrokenSeal."""
    work.mkdir(parents=True, exist_ok=True)
    there = {name.split("/")[1] for name in shelf.names(OUTGOING)}
    for name in shelf.names(ACKNOWLEDGEMENTS):
        if name.endswith(".sig") and Path(name).stem in there:
            try:
                yield _answer(shelf, Path(name).stem, key, work)
            except BrokenSeal as broken:
                yield broken


def clear(shelf: Shelf, transfer: uuid.UUID) -> None:
    """Take an acknowledged transfer out of the store, the signature first."""
    names = shelf.names(f"{OUTGOING}/{transfer}")
    for name in sorted(names, key=lambda one: not one.endswith(SIGNATURE)):
        shelf.remove(name)


def tidy(shelf: Shelf) -> None:
    """Take away the answers to transfers that the sender has cleared, the signature first."""
    there = {name.split("/")[1] for name in shelf.names(OUTGOING)}
    names = shelf.names(ACKNOWLEDGEMENTS)
    for name in sorted(names, key=lambda one: not one.endswith(".sig")):
        if Path(name).stem not in there:
            shelf.remove(name)


def _answer(shelf: Shelf, transfer: str, key: Ed25519PublicKey, work: Path) -> Acknowledgement:
    content = {}
    for suffix in ("json", "sig"):
        path = work / f"{transfer}.{suffix}"
        shelf.get(f"{ACKNOWLEDGEMENTS}/{path.name}", path)
        content[suffix] = path.read_bytes()
        path.unlink()
    try:
        key.verify(content["sig"], _PURPOSE + content["json"])
    except InvalidSignature:
        raise BrokenSeal("SIGNATURE") from None
    said: dict[str, Any] = json.loads(content["json"])
    if said["transfer"] != transfer:
        raise BrokenSeal("TRANSFER")
    return Acknowledgement(
        transfer=uuid.UUID(said["transfer"]),
        submission=uuid.UUID(said["submission"]),
        provider=said["provider"],
        slot_version=int(said["slot_version"]),
        outcome=Received(said["outcome"]),
        code=said["code"],
        rows=int(said["rows"]),
        at=datetime.fromisoformat(said["at"]),
        asked=said.get("asked", {}),
    )


class FolderShelf:
    """A folder of the machine; files appear by renaming, readable by the group."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, source: Path) -> None:
        """Copy beside the place, make it safe on disk, and rename."""
        target = self._path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            shutil.copyfile(source, unfinished)
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.rename(target)
        finally:
            unfinished.unlink(missing_ok=True)

    def get(self, name: str, target: Path) -> None:
        """Copy the file."""
        shutil.copyfile(self._path(name), target)

    def names(self, prefix: str) -> list[str]:
        """The finished files below the prefix."""
        found = (path for path in self._path(prefix).rglob("*") if path.is_file())
        shown = (path for path in found if not path.name.startswith("."))
        return sorted(path.relative_to(self.root).as_posix() for path in shown)

    def remove(self, name: str) -> None:
        """Delete the file, and its folder when that is empty."""
        path = self._path(name)
        path.unlink(missing_ok=True)
        if path.parent.parent.name == OUTGOING and not any(path.parent.iterdir()):
            path.parent.rmdir()

    def _path(self, name: str) -> Path:
        if ".." in Path(name).parts:
            raise ValueError("a name in the hand-over store stays inside it")
        return self.root / name


class BucketShelf:
    """An S3 bucket; credentials and endpoint come from the environment, as boto3 reads them."""

    def __init__(self, bucket: str, prefix: str) -> None:
        import boto3  # noqa: PLC0415 - only where a bucket is used

        self.bucket, self.prefix = bucket, f"{prefix}/" if prefix else ""
        self.client = boto3.client("s3")

    def put(self, name: str, source: Path) -> None:
        """Upload the file; an object appears whole."""
        self.client.upload_file(str(source), self.bucket, self.prefix + name)

    def get(self, name: str, target: Path) -> None:
        """Download the object."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - only where a bucket is used

        try:
            self.client.download_file(self.bucket, self.prefix + name, str(target))
        except ClientError:
            raise FileNotFoundError(name) from None

    def names(self, prefix: str) -> list[str]:
        """The objects below the prefix."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{self.prefix}{prefix}/"
        )
        keys = (item["Key"] for page in pages for item in page.get("Contents", ()))
        return sorted(key.removeprefix(self.prefix) for key in keys)

    def remove(self, name: str) -> None:
        """Delete the object."""
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + name)
