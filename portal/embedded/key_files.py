"""Make the key files of both instances once; each is readable by its own instance alone."""

import os
import secrets
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.embedded.accounts import Accounts, give
from portal.embedded.children import ROOT, Child, run

SECRET_FILES = {
    "agem": ("store.key",),
    "national": ("ticket.key", "display.key"),
}
# who signs, and who verifies: transfers go one way, acknowledgements come back
SIGNING_PAIRS = (
    ("agem", "signing.pem", "national", "agem-verify.pem"),
    ("national", "acknowledgement.pem", "agem", "national-verify.pem"),
)
PSEUDONYM_KEYS = "pseudonym-keys.json"
CHECKPOINT_KEY = "checkpoint.pem"


def make_key_files(folder: Path, accounts: Accounts) -> None:
    """Make every key file that is missing under the folder: agem/ and national/."""
    for instance, names in SECRET_FILES.items():
        for name in names:
            path = folder / instance / name
            if not path.exists():
                _write(path, secrets.token_hex(32).encode(), accounts, instance)
        if not (folder / instance / CHECKPOINT_KEY).exists():
            key = Ed25519PrivateKey.generate()
            _write(folder / instance / CHECKPOINT_KEY, _private(key), accounts, instance)
    for signer, private, verifier, public in SIGNING_PAIRS:
        if not (folder / signer / private).exists():
            key = Ed25519PrivateKey.generate()
            _write(folder / verifier / public, _public(key), accounts, verifier)
            _write(folder / signer / private, _private(key), accounts, signer)
    _make_key_ring(folder / "agem" / PSEUDONYM_KEYS, accounts)


def _make_key_ring(path: Path, accounts: Accounts) -> None:
    """Have the room that owns the pseudonym keys make the first one."""
    if not path.exists():
        words = [sys.executable, "-m", "pseudonymisation", "new-key", path.as_uri()]
        run(Child("new-key", words, {}, accounts.agem, Path(os.devnull), ROOT))


def _write(path: Path, content: bytes, accounts: Accounts, instance: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    give(path.parent, accounts.of(instance), 0o700)
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(0o600)
    unfinished.write_bytes(content)
    give(unfinished, accounts.of(instance), 0o400)
    unfinished.rename(path)


def _private(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
