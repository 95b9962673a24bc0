"""What a transfer says of itself: origin, parts and digests, and the keys that vouch for it."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

FORMAT = "community transfer 1"
MANIFEST, SIGNATURE, REPORT = "manifest.json", "manifest.sig", "report.json"
_NAMESPACE = uuid.UUID("6d1f4c1e-6f0b-5c52-9a51-1f3f7c3d8a10")


class BrokenSeal(Exception):
    """A transfer that must not be sent or opened. Its code says why; it never holds a value."""

    def __init__(self, code: str, table: str = "", column: str = "", count: int = 0) -> None:
        where = ".".join(part for part in (table, column) if part)
        super().__init__(" ".join(part for part in (code, where, str(count or "")) if part))
        self.code, self.table, self.column, self.count = code, table, column, count


class TransferKind(StrEnum):
    """What a transfer brings.

    Records with their report, a report alone, the withdrawal of a period, the word that a
    provider's records are to be taken over into a new epoch of the pseudonym key, or the
    pseudonyms of persons who are to be erased.
    """

    RECORDS = "records"
    REPORT = "report"
    WITHDRAWAL = "withdrawal"
    ROTATION = "rotation"
    ERASURE = "erasure"


@dataclass(frozen=True)
class Origin:
    """Whose data a transfer holds, of which period, judged by what, and its place in the order."""

    transfer: uuid.UUID
    kind: TransferKind
    submission: uuid.UUID
    reference: str
    provider: str
    period_start: date
    period_end: date
    data_set: str
    version: str
    slot_version: int
    key_epoch: int
    received_at: datetime
    outcome: str


@dataclass(frozen=True)
class Part:
    """One Parquet file of a table."""

    table: str
    file: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the signature vouches for."""

    origin: Origin
    specification: str
    parts: tuple[Part, ...]
    report: str | None


def transfer_id(
    submission: uuid.UUID, kind: TransferKind, slot_version: int, key_epoch: int
) -> uuid.UUID:
    """The id of a transfer: the same step taken again has the same id."""
    return uuid.uuid5(_NAMESPACE, f"{submission} {kind} {slot_version} {key_epoch}")


def read_signing_key(path: Path) -> Ed25519PrivateKey:
    """The key that signs, from a PKCS8 PEM file. Raises BrokenSeal for any other file."""
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise BrokenSeal("KEY")
    return key


def read_verify_key(path: Path) -> Ed25519PublicKey:
    """The key that verifies, from a PEM file. Raises BrokenSeal for any other file."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise BrokenSeal("KEY")
    return key


def manifest_to_bytes(manifest: Manifest) -> bytes:
    """The manifest as the JSON that is signed."""
    said = {
        "format": FORMAT,
        "origin": {one.name: _plain(getattr(manifest.origin, one.name)) for one in fields(Origin)},
        "specification": manifest.specification,
        "parts": [vars(part) for part in manifest.parts],
        "report": manifest.report,
    }
    return json.dumps(said, indent=1, sort_keys=True).encode()


def manifest_from_bytes(text: bytes) -> Manifest:
    """The manifest of its JSON. Raises BrokenSeal MANIFEST for any other text."""
    try:
        said = json.loads(text)
        if said["format"] != FORMAT:
            raise BrokenSeal("MANIFEST")
        parts = tuple(Part(**part) for part in said["parts"])
        return Manifest(_origin(said["origin"]), said["specification"], parts, said["report"])
    except (ValueError, KeyError, TypeError):
        raise BrokenSeal("MANIFEST") from None


def _origin(said: Mapping[str, Any]) -> Origin:
    typed = {
        "transfer": uuid.UUID(said["transfer"]),
        "kind": TransferKind(said["kind"]),
        "submission": uuid.UUID(said["submission"]),
        "period_start": date.fromisoformat(said["period_start"]),
        "period_end": date.fromisoformat(said["period_end"]),
        "received_at": datetime.fromisoformat(said["received_at"]),
    }
    return Origin(**{**said, **typed})


def _plain(value: object) -> str | int:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def signed_text(manifest: bytes) -> bytes:
    """What the signature is made over, so that it means a transfer and nothing else."""
    return FORMAT.encode() + b"\0" + manifest
