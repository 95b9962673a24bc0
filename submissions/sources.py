"""A sender's file: a name, and a way to read it from the start as often as needed."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True)
class Source:
    """One file of a submission. It is read twice: once to judge it, once to pseudonymise it."""

    name: str
    open: Callable[[], BinaryIO]


def from_path(path: Path) -> Source:
    """Return a file of this machine as a source."""
    return Source(path.name, lambda: path.open("rb"))


def from_bytes(name: str, data: bytes) -> Source:
    """Return bytes already in memory as a source."""
    return Source(name, lambda: io.BytesIO(data))
