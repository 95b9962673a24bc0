"""Where stored bytes lie: a folder of this machine, or an S3 bucket."""

import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

PART = 8 * 1024 * 1024
OWNER_ONLY = 0o600


class Draft(Protocol):
    """An object being written: it is there as a whole after `keep`, and not at all otherwise."""

    def write(self, data: bytes) -> None:
        """Add bytes at the end."""

    def keep(self) -> None:
        """Make the object appear under its name, safe against a power cut."""

    def drop(self) -> None:
        """Forget what was written."""


class Place(Protocol):
    """A place that holds objects by name."""

    def draft(self, name: str) -> Draft:
        """Begin to write an object."""

    def size(self, name: str) -> int:
        """The length of an object in bytes. Raises FileNotFoundError."""

    def read(self, name: str, start: int, length: int) -> bytes:
        """Some bytes of an object, fewer at its end. Raises FileNotFoundError."""

    def remove(self, name: str) -> None:
        """Delete an object; nothing happens if it is not there."""

    def clear(self, folder: str) -> None:
        """Delete every object whose name begins with a folder, also half-written ones."""

    def free_share(self) -> float:
        """The share of the place that is free, 1.0 where there is no end."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine. Files are readable by their owner alone."""

    root: Path

    def draft(self, name: str) -> "FolderDraft":
        """Begin to write a file beside its final name."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FolderDraft(path)

    def size(self, name: str) -> int:
        """The length of a file in bytes. Raises FileNotFoundError."""
        return (self.root / name).stat().st_size

    def read(self, name: str, start: int, length: int) -> bytes:
        """Some bytes of a file. Raises FileNotFoundError."""
        descriptor = os.open(self.root / name, os.O_RDONLY)
        try:
            return os.pread(descriptor, length, start)
        finally:
            os.close(descriptor)

    def remove(self, name: str) -> None:
        """Delete a file, and its folder when it was the last one there."""
        path = self.root / name
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()

    def clear(self, folder: str) -> None:
        """Delete a folder, with the temporary files that a killed process left in it."""
        shutil.rmtree(self.root / folder, ignore_errors=True)

    def free_share(self) -> float:
        """The share of the file system that is free."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        figures = os.statvfs(self.root)
        return figures.f_bavail / max(figures.f_blocks, 1)


class FolderDraft:
    """A file under a temporary name: written, flushed to the disk, then renamed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        self.descriptor = os.open(self.temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)

    def write(self, data: bytes) -> None:
        """Add bytes at the end."""
        view = memoryview(data)
        while view:
            view = view[os.write(self.descriptor, view) :]

    def keep(self) -> None:
        """Rename the file to its own name once its bytes are on the disk."""
        os.fsync(self.descriptor)
        os.close(self.descriptor)
        self.descriptor = -1
        self.temporary.rename(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def drop(self) -> None:
        """Delete the temporary file, and the folder if it stands empty."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        self.temporary.unlink(missing_ok=True)
        with suppress(OSError):
            self.path.parent.rmdir()


@dataclass(frozen=True)
class Bucket:
    """A bucket that speaks S3."""

    client: Any
    bucket: str
    prefix: str

    def draft(self, name: str) -> "BucketDraft":
        """Begin a multipart upload."""
        return BucketDraft(self.client, self.bucket, self.prefix + name)

    def size(self, name: str) -> int:
        """The length of an object in bytes. Raises FileNotFoundError."""
        try:
            answer = self.client.head_object(Bucket=self.bucket, Key=self.prefix + name)
        except self.client.exceptions.ClientError as absent:
            raise FileNotFoundError(name) from absent
        return int(answer["ContentLength"])

    def read(self, name: str, start: int, length: int) -> bytes:
        """Some bytes of an object. Raises FileNotFoundError."""
        span = f"bytes={start}-{start + length - 1}"
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=self.prefix + name, Range=span)
        except self.client.exceptions.ClientError as absent:
            raise FileNotFoundError(name) from absent
        data: bytes = answer["Body"].read()
        return data

    def remove(self, name: str) -> None:
        """Delete an object."""
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + name)

    def clear(self, folder: str) -> None:
        """Delete every object of a folder. Parts of broken uploads end by the bucket's own rule."""
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=f"{self.prefix}{folder}/"):
            for found in page.get("Contents", ()):
                self.client.delete_object(Bucket=self.bucket, Key=found["Key"])

    def free_share(self) -> float:
        """A bucket has no end."""
        return 1.0


class BucketDraft:
    """A multipart upload, of which nothing can be seen until it is completed."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:  # noqa: ANN401 - no types
        self.client = client
        self.target = {"Bucket": bucket, "Key": key}
        self.upload = client.create_multipart_upload(**self.target)["UploadId"]
        self.parts: list[dict[str, Any]] = []
        self.held = bytearray()

    def write(self, data: bytes) -> None:
        """Add bytes at the end; every eight mebibytes go to the bucket."""
        self.held += data
        if len(self.held) >= PART:
            self._send()

    def keep(self) -> None:
        """Complete the upload: the object appears."""
        self._send()
        self.client.complete_multipart_upload(
            **self.target, UploadId=self.upload, MultipartUpload={"Parts": self.parts}
        )

    def drop(self) -> None:
        """Abort the upload."""
        self.client.abort_multipart_upload(**self.target, UploadId=self.upload)

    def _send(self) -> None:
        """Send what is held as the next part."""
        number = len(self.parts) + 1
        answer = self.client.upload_part(
            **self.target, UploadId=self.upload, PartNumber=number, Body=bytes(self.held)
        )
        self.parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self.held.clear()


def open_place(url: str) -> Place:
    """Return the place a URL names: file:///folder, or s3://bucket/prefix?endpoint=https://host.

    Raises ValueError for any other kind.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Folder(Path(parts.path))
    if parts.scheme != "s3":
        raise ValueError("A store is file:///folder or s3://bucket/prefix.")
    endpoint = parse_qs(parts.query).get("endpoint", [None])[0]
    import boto3  # noqa: PLC0415 - only where a bucket is used
    from botocore.config import Config  # noqa: PLC0415 - only where a bucket is used

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        config=Config(signature_version="s3v4", connect_timeout=5, read_timeout=30),
    )
    prefix = parts.path.lstrip("/")
    return Bucket(client, parts.netloc, f"{prefix.rstrip('/')}/" if prefix else "")
