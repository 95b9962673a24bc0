"""Open what was sent: a CSV file, one compressed with gzip, or a zip of CSV files. Nothing else.

Everything is decompressed as a stream, counted while it comes, and cut off at the limits: no member is
believed about its size.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import BinaryIO

from portal.specification import Limits
from submissions import sniffing
from submissions.sources import Source
from submissions.tallying import Tally, UnreadableFile

STEP = 256 * 1024
LONGEST_END = 65_557
END_MARK = b"PK\x05\x06"
ENCRYPTED = 0x1 | 0x40 | 0x2000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
LOCAL_HEADER = 30
PACKED_NAMES = (".zip", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".zst")
PASSED_OVER = ("__MACOSX/", ".DS_Store")


def unpack(package: Source, limits: Limits) -> tuple[Source, ...]:
    """Return the files of a package, each readable as often as needed, within the limits.

    A CSV file is its own package. Raises UnreadableFile with every fault of the package.
    """
    name = package.name.lower()
    with closing(package.open()) as stream:
        head = stream.read(len(sniffing.ZIP))
    if name.endswith(".zip"):
        return (
            _unzip(package, limits)
            if head.startswith(b"PK")
            else _refuse(package, "wrong-compression")
        )
    if name.endswith(".gz"):
        return _gunzip(package, head, limits)
    return (package,)


def _refuse(package: Source, code: str, **facts: object) -> tuple[Source, ...]:
    """Raise UnreadableFile for a package as a whole."""
    tally = Tally(package.name)
    tally.add(code, **facts)
    raise UnreadableFile(tally.faults)


def _gunzip(package: Source, head: bytes, limits: Limits) -> tuple[Source, ...]:
    """The one file of a gzip package."""
    if not head.startswith(sniffing.GZIP):
        return _refuse(package, "wrong-compression")
    name = package.name[: -len(".gz")]
    return (Source(name, lambda: _buffered(_Inflated(package, limits))),)


def _buffered(stream: io.RawIOBase) -> BinaryIO:
    """A stream that answers reads of any size."""
    return io.BufferedReader(stream, STEP)


class _Counted(io.RawIOBase):
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
            self.refuse("unpacks-too-large", limit=f"{self.limits.unpacked_bytes:,}")
        dense = self.unpacked > self.limits.ratio * max(self.packed, 1)
        if dense and self.unpacked > self.limits.ratio_after_bytes:
            self.refuse("ratio-too-high", limit=self.limits.ratio)

    def refuse(self, code: str, **facts: object) -> None:
        """Raise UnreadableFile for this file."""
        tally = Tally(self.name)
        tally.add(code, **facts)
        raise UnreadableFile(tally.faults)


class _Inflated(_Counted):
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
            self.refuse("wrong-compression")
        try:
            piece = self.inflater.decompress(self.waiting, size)
        except zlib.error:
            piece = None
        if piece is None:
            self.refuse("wrong-compression")
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


class _Member(_Counted):
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
            self.refuse("archive-damaged")
            return 0
        self.count(len(piece))
        target[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close the archive too."""
        self.inner.close()
        self.archive.close()
        self.stream.close()
        super().close()


def _unzip(package: Source, limits: Limits) -> tuple[Source, ...]:
    """The members of a zip, once it is seen to be an honest one."""
    tally = Tally(package.name)
    with closing(package.open()) as stream:
        if not _has_end(stream, limits, tally):
            raise UnreadableFile(tally.faults)
        members = _members(stream, limits, tally)
    if tally.total:
        raise UnreadableFile(tally.faults, tally.total)
    return tuple(
        Source(member.filename.rsplit("/", 1)[-1], _opener(package, member.filename, limits))
        for member in members
    )


def _opener(package: Source, member: str, limits: Limits) -> Callable[[], BinaryIO]:
    """A way to open a member again and again."""
    return lambda: _buffered(_Member(package, member, limits))


def _has_end(stream: BinaryIO, limits: Limits, tally: Tally) -> bool:
    """Read how many members there are before the list of them is read into memory."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - LONGEST_END))
    tail = stream.read(LONGEST_END)
    place = tail.rfind(END_MARK)
    if place < 0 or len(tail) - place < struct.calcsize("<4s4H2LH"):
        tally.add("archive-unreadable")
        return False
    count = struct.unpack_from("<H", tail, place + 10)[0]
    if count > limits.files + len(PASSED_OVER) * limits.files:
        tally.add("archive-too-many", limit=limits.files)
        return False
    return True


def _members(stream: BinaryIO, limits: Limits, tally: Tally) -> list[zipfile.ZipInfo]:
    """The members worth reading; what is wrong with any goes to the tally."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, OSError):
        tally.add("archive-unreadable")
        return []
    with archive:
        every = archive.infolist()
        _check_overlap(every, archive.start_dir, tally)
        members = [member for member in every if not _is_passed_over(member)]
        _check_whole(members, limits, tally)
        for member in members:
            for code in _faults_of(member):
                tally.add(code)
        if not tally.total:
            _check_nested(archive, members, tally)
    return members


def _is_passed_over(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a folder, or what some systems add to every zip."""
    name = member.filename
    empty_folder = name.endswith("/") and not member.file_size and _is_inside(name)
    return empty_folder or name.startswith(PASSED_OVER[0]) or name.endswith(PASSED_OVER[1])


def _check_overlap(members: list[zipfile.ZipInfo], directory: int, tally: Tally) -> None:
    """No two members may share bytes: this Python's zipfile would read them both."""
    in_order = sorted(members, key=lambda member: member.header_offset)
    starts = [member.header_offset for member in in_order[1:]] + [directory]
    for member, following in zip(in_order, starts, strict=True):
        header = LOCAL_HEADER + len(member.orig_filename.encode("utf-8", "replace"))
        if member.header_offset + header + member.compress_size > following:
            tally.add("archive-overlap")
            return


def _check_whole(members: list[zipfile.ZipInfo], limits: Limits, tally: Tally) -> None:
    """Check the number of members, their names and what they say they unpack to."""
    if not members:
        tally.add("archive-unreadable")
    if len(members) > limits.files:
        tally.add("archive-too-many", limit=limits.files)
    names = Counter(member.filename.rsplit("/", 1)[-1] for member in members)
    for count in names.values():
        if count > 1:
            tally.add("archive-duplicate")
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > limits.unpacked_bytes:
        tally.add("unpacks-too-large", limit=f"{limits.unpacked_bytes:,}")
    elif unpacked > limits.ratio_after_bytes and unpacked > limits.ratio * max(packed, 1):
        tally.add("ratio-too-high", limit=limits.ratio)


def _faults_of(member: zipfile.ZipInfo) -> Iterator[str]:
    """What is wrong with a member by what the archive says of it."""
    if not _is_inside(member.filename):
        yield "archive-unsafe-path"
    mode = member.external_attr >> 16
    if mode and not (stat.S_ISREG(mode) or stat.S_IFMT(mode) == 0):
        yield "archive-link"
    if member.flag_bits & ENCRYPTED:
        yield "archive-encrypted"
    elif member.compress_type not in METHODS:
        yield "not-csv-archive"
    if member.filename.lower().endswith(PACKED_NAMES):
        yield "archive-nested"


def _is_inside(name: str) -> bool:
    """Whether a member's name stays inside the archive."""
    parts = name.replace("\\", "/").split("/")
    return not name.startswith(("/", "\\")) and ".." not in parts and ":" not in name


def _check_nested(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], tally: Tally) -> None:
    """No member may be an archive, whatever its name says."""
    for member in members:
        try:
            with archive.open(member) as opened:
                head = opened.read(1024)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            tally.add("archive-damaged")
            continue
        if sniffing.refusal(head) in ("undeclared-compression", "not-csv-archive"):
            tally.add("archive-nested")
