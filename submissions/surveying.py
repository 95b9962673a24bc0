"""What one scan of a file watches for, and how far it has come."""

import mmap
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from portal.specification import Limits
from submissions.tallying import Tally

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass
class Survey:
    """The number of columns, the limits and the tally of one file, and the place reached in it.

    `columns` is zero where a broken heading does not tell. `line` and `byte` are the physical line
    and the offset of the first byte of the block in hand.
    """

    columns: int
    limits: Limits
    tally: Tally
    line: int = 1
    byte: int = 0
    records: int = 0
    feeds: int = 0
    carriage_feeds: int = 0
    passing_over: bool = False

    @property
    def line_ends(self) -> str:
        """How the lines of the file end: LF, CRLF or mixed."""
        if not self.carriage_feeds:
            return "LF"
        return "CRLF" if self.carriage_feeds == self.feeds else "mixed"


@dataclass(frozen=True)
class Space:
    """The memory of one scan, used again for every block: fresh pages cost more than the scan."""

    buffer: mmap.mmap | bytes
    view: Bytes
    separators: Flags
    feeds: Flags

    @classmethod
    def of(cls, size: int) -> "Space":
        """New memory. It is mapped, not filled: a small file touches only the pages it needs."""
        buffer = mmap.mmap(-1, size)
        flags = [np.empty(size, dtype=np.bool_) for _ in range(2)]
        return cls(buffer, np.frombuffer(buffer, dtype=np.uint8), *flags)

    def around(self, data: bytes) -> "Space":
        """The same memory for flags, around other bytes."""
        return Space(data, np.frombuffer(data, dtype=np.uint8), self.separators, self.feeds)
