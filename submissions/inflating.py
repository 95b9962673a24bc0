"""Unpacked bytes as a stream that counts what comes out and stops at the limits."""

import io
import zipfile
import zlib
from typing import BinaryIO, NoReturn

from portal.specification import Limits
from submissions.sources import Source
from submissions.tallying import Tally, UnreadableFile

STEP = 256 * 1024


def refuse(name: str, code: str, **facts: object) -> NoReturn:
    """Raise UnreadableFile for a file as a whole."""
    tally = Tally(name)
    tally.add(code, facts)
    raise UnreadableFile(tally.faults)


def buffered(stream: io.RawIOBase) -> BinaryIO:
    """A stream that answers reads of any size."""
    return io.BufferedReader(stream, STEP)


class Counted(io.RawIOBase):
    """A stream of unpacked bytes that stops at the limits."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.packed = 0
        self.unpacked = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def count(self, size: int) -> None:
        """Count what came out. Raises UnreadableFile where it is too much."""
        self.unpacked += size
        if self.unpacked > self.limits.unpacked_bytes:
            refuse(self.name, "unpacks-too-large", limit=f"{self.limits.unpacked_bytes:,}")
        dense = self.unpacked > self.limits.ratio * max(self.packed, 1)
        if dense and self.unpacked > self.limits.ratio_after_bytes:
            refuse(self.name, "ratio-too-high", limit=self.limits.ratio)


class Inflated(Counted):
    """The unpacked bytes of a gzip stream, of one member or several."""

    def __init__(self, package: Source, limits: Limits) -> None:
        super().__init__(package.name, limits)
        self.stream = package.open()
        self.inflater = zlib.decompressobj(wbits=31)
        self.waiting = b""

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        """Fill the target with what comes next; zero at the end."""
        while True:
            piece = self._next(len(target))
            if piece is None:
                return 0
            if piece:
                self.count(len(piece))
                target[: len(piece)] = piece
                return len(piece)

    def _next(self, size: int) -> bytes | None:
        """Some bytes, none for now, or None at the end."""
        if self.inflater.eof:
            if not self._begin_member():
                return None
        elif not self.waiting and not self._feed():
            refuse(self.name, "wrong-compression")
        try:
            piece = self.inflater.decompress(self.waiting, size)
        except zlib.error:
            piece = None
        if piece is None:
            refuse(self.name, "wrong-compression")
        self.waiting = self.inflater.unconsumed_tail
        return piece

    def _feed(self) -> bool:
        """Read on in the packed stream."""
        self.waiting = self.stream.read(STEP)
        self.packed += len(self.waiting)
        return bool(self.waiting)

    def _begin_member(self) -> bool:
        """Begin the next member of the stream, if one follows. Zeros may fill the end."""
        self.waiting = self.inflater.unused_data.lstrip(b"\0")
        while not self.waiting:
            if not self._feed():
                return False
            self.waiting = self.waiting.lstrip(b"\0")
        self.inflater = zlib.decompressobj(wbits=31)
        return True

    def close(self) -> None:
        """Close the packed stream too."""
        self.stream.close()
        super().close()


class Member(Counted):
    """The unpacked bytes of one member of a zip."""

    def __init__(self, package: Source, member: str, limits: Limits) -> None:
        super().__init__(member, limits)
        self.stream = package.open()
        self.archive = zipfile.ZipFile(self.stream)
        self.packed = self.archive.getinfo(member).compress_size
        self.inner = self.archive.open(member)

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        """Fill the target with what comes next; zero at the end."""
        try:
            piece = self.inner.read(len(target))
        except (zipfile.BadZipFile, zlib.error, EOFError):
            piece = None
        if piece is None:
            refuse(self.name, "archive-damaged")
        self.count(len(piece))
        target[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close the archive too."""
        self.inner.close()
        self.archive.close()
        self.stream.close()
        super().close()
