"""Open what was sent: a CSV file, one compressed with gzip, or a zip of CSV files. Nothing else.

Everything is decompressed as a stream, counted while it comes, and cut off at the limits: no member
is believed about its size.
"""

from contextlib import closing

from portal.specification import Limits
from submissions import sniffing
from submissions.archives import unzip
from submissions.inflating import Inflated, buffered, refuse
from submissions.sources import Source


def unpack(package: Source, limits: Limits) -> tuple[Source, ...]:
    """Return the files of a package, each readable as often as needed, within the limits.

    A CSV file is its own package. Raises UnreadableFile with every fault of the package.
    """
    name = package.name.lower()
    with closing(package.open()) as stream:
        head = stream.read(len(sniffing.ZIP))
    if name.endswith(".zip"):
        if not head.startswith(b"PK"):
            refuse(package.name, "wrong-compression")
        return unzip(package, limits)
    if name.endswith(".gz"):
        if not head.startswith(sniffing.GZIP):
            refuse(package.name, "wrong-compression")
        inner = package.name[: -len(".gz")]
        return (Source(inner, lambda: buffered(Inflated(package, limits))),)
    return (package,)
