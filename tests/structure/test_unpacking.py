import gzip
import io
import stat
import struct
import zipfile
from dataclasses import replace

import pytest

from submissions.reading import UnreadableFile
from submissions.sources import from_bytes
from submissions.unpacking import unpack
from tests.structure.making import LIMITS

CSV = b"a,b\n1,2\n"


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    """A zip with members given as (name or ZipInfo, bytes)."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return held.getvalue()


def codes(name, data, limits=LIMITS):
    """The codes with which a package is refused, or the bytes that came out of it."""
    try:
        return [source.open().read() for source in unpack(from_bytes(name, data), limits)]
    except UnreadableFile as broken:
        return sorted({fault.code for fault in broken.faults})


def link():
    """A member that is a symbolic link."""
    info = zipfile.ZipInfo("a.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def overlapping():
    """A zip whose directory names the same bytes twice."""
    data = bytearray(zipped(("a.csv", CSV), ("b.csv", CSV)))
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    return bytes(data)


def encrypted():
    """A zip whose member says it is encrypted."""
    data = bytearray(zipped(("a.csv", CSV)))
    place = data.rfind(b"PK\x01\x02")
    data[place + 8] |= 1
    return bytes(data)


def test_a_csv_file_is_its_own_package():
    assert codes("a.csv", CSV) == [CSV]


def test_gzip_of_several_members_is_read_to_the_end():
    assert codes("a.csv.gz", gzip.compress(CSV) + gzip.compress(b"3,4\n")) == [CSV + b"3,4\n"]


def test_a_zip_gives_its_members_without_what_a_mac_adds():
    data = zipped(("day/a.csv", CSV), ("__MACOSX/._a.csv", b"x"), ("day/", b""))

    assert codes("day.zip", data) == [CSV]


def test_a_member_can_be_read_again():
    (source,) = unpack(from_bytes("day.zip", zipped(("a.csv", CSV))), LIMITS)

    assert source.open().read() == source.open().read() == CSV


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.zip", CSV, "wrong-compression"),
        ("a.csv.gz", CSV, "wrong-compression"),
        ("a.csv.gz", gzip.compress(CSV, mtime=0)[:-12], "wrong-compression"),
        ("a.zip", b"PK\x03\x04" + b"x" * 100, "archive-unreadable"),
        ("a.zip", zipped(), "archive-unreadable"),
        ("a.zip", zipped(("../a.csv", CSV)), "archive-unsafe-path"),
        ("a.zip", zipped(("/a.csv", CSV)), "archive-unsafe-path"),
        ("a.zip", zipped(("c:\\a.csv", CSV)), "archive-unsafe-path"),
        ("a.zip", zipped((link(), b"/etc/passwd")), "archive-link"),
        ("a.zip", encrypted(), "archive-encrypted"),
        ("a.zip", overlapping(), "archive-overlap"),
        ("a.zip", zipped(("x/a.csv", CSV), ("y/a.csv", CSV)), "archive-duplicate"),
        ("a.zip", zipped(("b.zip", zipped(("a.csv", CSV)))), "archive-nested"),
        ("a.zip", zipped(("b.csv", zipped(("a.csv", CSV)))), "archive-nested"),
        ("a.zip", zipped(("b.csv", gzip.compress(CSV, mtime=0))), "archive-nested"),
        ("a.zip", zipped(("a.csv", CSV), method=zipfile.ZIP_LZMA), "not-csv-archive"),
        ("a.zip", zipped(*((f"{n}.csv", CSV) for n in range(65))), "archive-too-many"),
        ("a.zip", zipped(("a.csv", b"0" * 3_000_000)), "ratio-too-high"),
        ("a.csv.gz", gzip.compress(b"0" * 3_000_000, mtime=0), "ratio-too-high"),
    ],
)
def test_a_dishonest_package_is_refused_with_its_own_code(name, data, code):
    assert code in codes(name, data)


@pytest.mark.parametrize("name", ["a.zip", "a.csv.gz"])
def test_nothing_unpacks_beyond_the_limit(name):
    data = bytes(range(256)) * 40
    packed = zipped(("a.csv", data)) if name == "a.zip" else gzip.compress(data)

    assert codes(name, packed, replace(LIMITS, unpacked_bytes=10_000)) == ["unpacks-too-large"]


def test_a_member_that_lies_about_its_size_is_not_believed():
    data = bytearray(zipped(("a.csv", b"a,b\n" * 10_000)))
    place = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 24, 8)

    assert codes("a.zip", bytes(data)) == ["archive-damaged"]
