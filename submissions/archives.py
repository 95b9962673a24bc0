"""Open a zip of CSV files, once it is seen to be an honest one."""

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
from submissions.inflating import Member, buffered
from submissions.sources import Source
from submissions.tallying import Tally, UnreadableFile

LONGEST_END = 65_557
END_MARK = b"PK\x05\x06"
ENCRYPTED = 0x1 | 0x40 | 0x2000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
LOCAL_HEADER = 30
PACKED_NAMES = (".zip", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".zst")
PASSED_OVER = ("__MACOSX/", ".DS_Store")


def unzip(package: Source, limits: Limits) -> tuple[Source, ...]:
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
    return lambda: buffered(Member(package, member, limits))


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
        tally.add("archive-too-many", {"limit": limits.files})
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
    for member, following in zip(in_order, starts, strict=False):
        header = LOCAL_HEADER + len(member.orig_filename.encode("utf-8", "replace"))
        if member.header_offset + header + member.compress_size > following:
            tally.add("archive-overlap")
            return


def _check_whole(members: list[zipfile.ZipInfo], limits: Limits, tally: Tally) -> None:
    """Check the number of members, their names and what they say they unpack to."""
    if not members:
        tally.add("archive-unreadable")
    if len(members) > limits.files:
        tally.add("archive-too-many", {"limit": limits.files})
    names = Counter(member.filename.rsplit("/", 1)[-1] for member in members)
    for count in names.values():
        if count > 1:
            tally.add("archive-duplicate")
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > limits.unpacked_bytes:
        tally.add("unpacks-too-large", {"limit": f"{limits.unpacked_bytes:,}"})
    elif unpacked > limits.ratio_after_bytes and unpacked > limits.ratio * max(packed, 1):
        tally.add("ratio-too-high", {"limit": limits.ratio})


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
