"""Keep files encrypted: AES-256-GCM in frames of one mebibyte, each file under a key of its own.

The file's key is wrapped by the store's key and kept beside the submission, not in the file:
deleting the wrapped key makes every copy of the file unreadable, also one on a backup. Each frame
is bound to its submission, its provider, its number and whether it is the last, so that a frame
cannot be changed, moved, cut off or shown as another provider's. No plaintext is ever written.
"""

import hashlib
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from submissions.places import Place, open_place

FRAME = 1024 * 1024
TAG = 16
SEALED_FRAME = FRAME + TAG
KEY_BYTES = 32


class BrokenFile(Exception):
    """A stored file that is not what was stored, or whose key is gone. Names no content."""


@dataclass(frozen=True)
class Stored:
    """All that is needed, with the store's key, to read a stored file again."""

    name: str
    associated: str
    wrapped_key: bytes
    size: int
    sha256: str


@dataclass(frozen=True)
class Store:
    """A place and the key that wraps the keys of its files."""

    place: Place
    key: bytes

    def __repr__(self) -> str:
        return f"Store({self.place!r})"


@lru_cache
def open_store(url: str, key_file: str) -> Store:
    """Return the store at a URL, with the key of 64 hex characters in a file.

    Raises ValueError when the key is not 32 bytes.
    """
    key = bytes.fromhex(Path(key_file).read_text(encoding="ascii").strip())
    if len(key) != KEY_BYTES:
        raise ValueError("The store's key must be 32 bytes, written as 64 hex characters.")
    return Store(open_place(url), key)


def associate(submission: object, provider: str) -> str:
    """What a file's frames are bound to: its submission and its provider."""
    return f"{submission}|{provider}"


class Writer:
    """A file on its way into the store: hashed, encrypted and written as it comes.

    Use `finish` to keep it; anything else leaves nothing behind.
    """

    def __init__(self, store: Store, name: str, associated: str) -> None:
        self.name = name
        self.associated = associated
        self.size = 0
        self._key = AESGCM.generate_key(256)
        self._wrapped = aes_key_wrap_with_padding(store.key, self._key)
        self._cipher = AESGCM(self._key)
        self._digest = hashlib.sha256()
        self._held = bytearray()
        self._frames = 0
        self._draft = store.place.draft(name)

    def write(self, data: bytes) -> None:
        """Take the next bytes, of any number."""
        self._digest.update(data)
        self.size += len(data)
        if not self._held and len(data) == FRAME:
            # A frame that may be the last is held until more comes or the file is finished.
            self._held += data
            return
        self._held += data
        while len(self._held) > FRAME:
            frame = bytes(memoryview(self._held)[:FRAME])
            del self._held[:FRAME]
            self._seal(frame, last=False)

    def finish(self) -> Stored:
        """Seal the last frame and keep the file."""
        self._seal(bytes(self._held), last=True)
        self._held.clear()
        self._draft.keep()
        return Stored(
            self.name, self.associated, self._wrapped, self.size, self._digest.hexdigest()
        )

    def drop(self) -> None:
        """Forget the file."""
        self._held.clear()
        self._draft.drop()

    def _seal(self, frame: bytes, *, last: bool) -> None:
        """Encrypt a frame and pass it on."""
        bound = _bind(self.associated, self._frames, last=last)
        self._draft.write(self._cipher.encrypt(_nonce(self._frames), frame, bound))
        self._frames += 1


class Reader(io.RawIOBase):
    """The plaintext of a stored file, seekable, one frame in memory at a time."""

    def __init__(self, store: Store, stored: Stored) -> None:
        super().__init__()
        try:
            key = aes_key_unwrap_with_padding(store.key, stored.wrapped_key)
        except (InvalidUnwrap, ValueError) as wrong:
            raise BrokenFile("The key of a file is gone, or another store's.") from wrong
        self._cipher = AESGCM(key)
        self._place = store.place
        self._stored = stored
        sealed = self._place.size(stored.name)
        self._count = max(1, -(-sealed // SEALED_FRAME))
        self._position = 0
        self._frame_number = -1
        self._frame = b""

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the plaintext."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._stored.size}
        self._position = max(0, start[whence] + offset)
        return self._position

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        """Fill the target from the current frame. Raises BrokenFile."""
        number, offset = divmod(self._position, FRAME)
        if number >= self._count:
            return 0
        if number != self._frame_number:
            self._frame = self._unseal(number)
            self._frame_number = number
        piece = memoryview(self._frame)[offset : offset + len(target)]
        target[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _unseal(self, number: int) -> bytes:
        """Decrypt one frame. Raises BrokenFile."""
        sealed = self._place.read(self._stored.name, number * SEALED_FRAME, SEALED_FRAME)
        bound = _bind(self._stored.associated, number, last=number == self._count - 1)
        try:
            return self._cipher.decrypt(_nonce(number), sealed, bound)
        except InvalidTag as wrong:
            raise BrokenFile(f"Frame {number} of a stored file is not what was stored.") from wrong


def open_for_writing(store: Store, name: str, associated: str) -> Writer:
    """Begin a file in the store, bound to the submission and provider of `associate`."""
    return Writer(store, name, associated)


def open_for_reading(store: Store, stored: Stored) -> BinaryIO:
    """Open a stored file; every byte that comes out has been checked. Raises BrokenFile."""
    return io.BufferedReader(Reader(store, stored), FRAME)


def keep(store: Store, name: str, associated: str, chunks: Iterable[bytes]) -> Stored:
    """Store a file that is at hand."""
    writer = open_for_writing(store, name, associated)
    try:
        for chunk in chunks:
            writer.write(chunk)
        return writer.finish()
    except BaseException:
        writer.drop()
        raise


def read_whole(store: Store, stored: Stored) -> bytes:
    """The plaintext of a small file."""
    with open_for_reading(store, stored) as stream:
        return stream.read()


def _nonce(number: int) -> bytes:
    """Every file has a key of its own, so counting the frames never repeats a nonce."""
    return number.to_bytes(12, "big")


def _bind(associated: str, number: int, *, last: bool) -> bytes:
    """The bytes a frame is bound to."""
    return f"{associated}|{number}|{'last' if last else 'more'}".encode()
