"""Where the key ring is kept: a file, a HashiCorp Vault, or (in tests) the environment."""

import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from pseudonymisation.keys import KeyFault, KeyRing, from_text, to_text

COLLECTION = "community-pilot"
PURPOSE = "national"


class KeyStore(Protocol):
    """What keeps the text of a key ring."""

    def read(self) -> str:
        """The text. Raises KeyFault when it is not there or not safely kept."""

    def write(self, text: str) -> None:
        """Put the text in place of what is there, whole or not at all."""


def open_store(url: str) -> KeyStore:
    """The key store of a URL: file:///path, vault://host/mount/path, or env:NAME in tests."""
    parts = urlsplit(url)
    opener = _OPENERS.get(parts.scheme)
    if opener is None:
        raise KeyFault("UNKNOWN_KEY_STORE")
    return opener(url)


def load_ring(url: str, witnessed: Mapping[int, str] | None = None) -> KeyRing:
    """The key ring at a URL, held against the check values seen before.

    Raises KeyFault: a store that does not answer, a wrong key, or a key that has gone.
    """
    ring = from_text(open_store(url).read())
    held = ring.check_values()
    for epoch, value in (witnessed or {}).items():
        if epoch not in held:
            raise KeyFault("KEY_MISSING", epoch)
        if held[epoch] != value:
            raise KeyFault("WRONG_KEY", epoch)
    return ring


def save_ring(url: str, ring: KeyRing) -> None:
    """Put the ring in place of the one at the URL, after reading it back as a check."""
    text = to_text(ring)
    from_text(text)
    open_store(url).write(text)


class FileStore:
    """A file that only its owner can read (0400), replaced whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> str:
        """The text, refused unless it is a plain file of ours that nobody else can read."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            raise KeyFault("KEY_FILE_MISSING") from None
        with os.fdopen(descriptor, encoding="utf-8") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_mode & 0o377:
                raise KeyFault("KEY_FILE_OPEN_TO_OTHERS")
            if about.st_uid != os.geteuid():
                raise KeyFault("KEY_FILE_OF_ANOTHER_OWNER")
            return file.read()

    def write(self, text: str) -> None:
        """Write beside the file, make it safe on disk, and rename."""
        descriptor, beside = tempfile.mkstemp(dir=self.path.parent, prefix=".keys-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fchmod(file.fileno(), 0o400)
                os.fsync(file.fileno())
            Path(beside).replace(self.path)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise KeyFault("KEY_FILE_NOT_WRITTEN") from None


class EnvironmentStore:
    """A variable of the environment, for tests only."""

    def __init__(self, name: str) -> None:
        if not os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".testing"):
            raise KeyFault("KEY_IN_ENVIRONMENT")
        self.name = name

    def read(self) -> str:
        """The text of the variable."""
        try:
            return os.environ[self.name]
        except KeyError:
            raise KeyFault("KEY_FILE_MISSING") from None

    def write(self, text: str) -> None:
        """Set the variable of this process."""
        os.environ[self.name] = text


def active_epoch(keys_url: str) -> int:
    """The epoch that new pseudonyms are made in. Raises KeyFault when there is none."""
    return load_ring(keys_url).active.epoch


def _open_file(url: str) -> KeyStore:
    return FileStore(Path(unquote(urlsplit(url).path)))


def _open_environment(url: str) -> KeyStore:
    return EnvironmentStore(urlsplit(url).path)


def _open_vault(url: str) -> KeyStore:
    from pseudonymisation.vault import VaultStore  # noqa: PLC0415 - hvac only where it is used

    return VaultStore(url)


_OPENERS: Mapping[str, Callable[[str], KeyStore]] = {
    "file": _open_file,
    "env": _open_environment,
    "vault": _open_vault,
    "vault+http": _open_vault,
}
