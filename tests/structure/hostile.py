"""Two hundred files made to harm whoever reads them, and a child that answers each.

`python -m tests.structure.hostile` prints a JSON line for each file, and the memory at the end.
"""

import gzip
import io
import json
import random
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from submissions.reading import UnreadableFile, scan
from submissions.sources import from_bytes
from submissions.unpacking import unpack
from tests.structure.making import DATA_SET, table_of

FILES = 200
MIB = 2**20
HEADING = b"a,b\n"


def _zipped(name: str, data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return held.getvalue()


def _noise(chance: random.Random, size: int, alphabet: bytes) -> bytes:
    """Bytes drawn from a small alphabet: the grammar of CSV and what breaks it."""
    return bytes(chance.choices(alphabet, k=size))


KINDS: list[Callable[[random.Random], tuple[str, bytes]]] = [
    lambda c: ("a.csv", HEADING + b"x" * (c.randint(1, 24) * MIB)),
    lambda c: ("a.csv", HEADING + b"\n" * (c.randint(1, 8) * MIB)),
    lambda c: ("a.csv", HEADING + b"," * (c.randint(1, 24) * MIB)),
    lambda c: ("a.csv", HEADING + b'"' * (c.randint(1, 8) * MIB)),
    lambda c: ("a.csv", HEADING + b'"\n' * (c.randint(1, 4) * MIB)),
    lambda c: ("a.csv", HEADING + b'1,"2\n' * (c.randint(1, 4) * MIB)),
    lambda c: ("a.csv", HEADING + b'1,2"3\n' * (c.randint(1, 4) * MIB)),
    lambda c: ("a.csv", HEADING + b'1,"2' + b"3,4\n" * (c.randint(1, 4) * MIB)),
    lambda c: ("a.csv", HEADING + b"1\n" * (c.randint(1, 4) * MIB)),
    lambda c: ("a.csv", HEADING + b"1,\xff\n" * (c.randint(1, 64) * 1024)),
    lambda c: ("a.csv", HEADING + b"1,\0\n" * (c.randint(1, 4) * MIB)),
    lambda c: ("a.csv", HEADING + b"1,2\r" * (c.randint(1, 2) * MIB)),
    lambda c: ("a.csv", b"c," * (c.randint(1, 400) * 1000) + b"d\n1\n"),
    lambda c: ("a.csv", ("a,b\n1,2\n" * c.randint(1, 9999)).encode("utf-16-le")),
    lambda c: ("a.csv", HEADING + _noise(c, c.randint(1, 200_000), b'a,"\n\r\0\xff')),
    lambda c: ("a.csv", HEADING + _noise(c, c.randint(1, 200_000), b'",\n')),
    lambda c: ("a.csv", HEADING + (b'x,"' + b'""' * 30_000 + b'x"\n') * c.randint(1, 40)),
    lambda c: ("a.csv.gz", gzip.compress(b"0" * (c.randint(2, 24) * MIB), 1)),
    lambda c: ("a.zip", _zipped("a.csv", b"0" * (c.randint(2, 24) * MIB))),
    lambda c: (
        "a.zip",
        _noise(c, 200, b"PK\x05\x06\x01\x02\x03\x04\0\xff") + b"PK\x05\x06" + b"\0" * 18,
    ),
]


def corpus() -> Iterator[tuple[str, bytes]]:
    """The files, always the same."""
    for number in range(FILES):
        name, data = KINDS[number % len(KINDS)](random.Random(number))  # noqa: S311
        yield name, data


def answer(name: str, data: bytes) -> dict[str, int]:
    """The faults of a file, by code."""
    counts: dict[str, int] = {}
    try:
        for source in unpack(from_bytes(name, data), DATA_SET.limits):
            counts |= scan(source, table_of("a", "b"), DATA_SET.limits).fault_counts
    except UnreadableFile as broken:
        counts |= {fault.code: 1 for fault in broken.faults}
    return counts


def main() -> None:
    """Answer every file; the limit on memory is the kernel's."""
    resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))
    for name, data in corpus():
        begun = time.process_time()
        counts = answer(name, data)
        print(json.dumps({"seconds": time.process_time() - begun, "faults": counts}))  # noqa: T201
    print(json.dumps({"peak_mib": peak_mib()}))  # noqa: T201


def peak_mib() -> int:
    """The most memory of this process; what the kernel counts for usage includes its parent's."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise LookupError("VmHWM")


if __name__ == "__main__":
    sys.exit(main())
