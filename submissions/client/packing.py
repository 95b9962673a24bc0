"""Make one body of what is to be sent: a package as it is, a folder or several files as a zip."""

import base64
import hashlib
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from submissions.client.endings import Ending, Exit

STEP = 1024 * 1024
TYPES = {".zip": "application/zip", ".gz": "application/gzip", ".csv": "text/csv"}


@dataclass(frozen=True)
class Package:
    """A body to send, with its length and digest."""

    name: str
    content_type: str
    size: int
    digest: bytes
    stream: BinaryIO

    @property
    def headers(self) -> dict[str, str]:
        """What the body's headers say: type, name, length and SHA-256 (RFC 9530)."""
        digest = base64.b64encode(self.digest).decode()
        return {
            "Content-Type": self.content_type,
            "Content-Length": str(self.size),
            "Content-Disposition": f'attachment; filename="{self.name}"',
            "Content-Digest": f"sha-256=:{digest}:",
        }


@contextmanager
def packed(paths: Sequence[Path]) -> Iterator[Package]:
    """Open what is to be sent as one package. Raises Ending where there is nothing to send."""
    if len(paths) == 1 and paths[0].is_file():
        with paths[0].open("rb") as stream:
            yield _package(paths[0].name, stream)
        return
    with tempfile.TemporaryFile() as stream:
        files = sorted(_files(paths))
        if not files:
            raise Ending(Exit.USAGE, "There is no CSV file to send.")
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
            for path in files:
                # One moment for all, so that the same files always make the same bytes.
                member = zipfile.ZipInfo(path.name)
                member.compress_type = zipfile.ZIP_DEFLATED
                with path.open("rb") as source, package.open(member, "w") as target:
                    while data := source.read(STEP):
                        target.write(data)
        yield _package("submission.zip", stream)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The CSV files at some places."""
    for path in paths:
        if path.is_dir():
            yield from path.glob("*.csv")
        elif path.is_file():
            yield path
        else:
            raise Ending(Exit.USAGE, f"There is no {path}.")


def _package(name: str, stream: BinaryIO) -> Package:
    """Measure a stream and describe it."""
    content_type = TYPES.get(Path(name).suffix.lower())
    if content_type is None:
        raise Ending(Exit.USAGE, "Send a .zip, .csv or .csv.gz file, or a folder of CSV files.")
    stream.seek(0)
    hasher, size = hashlib.sha256(), 0
    while data := stream.read(STEP):
        hasher.update(data)
        size += len(data)
    stream.seek(0)
    return Package(name, content_type, size, hasher.digest(), stream)
