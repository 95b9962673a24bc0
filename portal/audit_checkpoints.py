"""Hourly signed words on how far the audit trail had come, kept in the database and outside of it.

Each names the number of events, the last digest of the chain and the checkpoint before it, and is
signed with the instance's own Ed25519 key. Whoever cuts or rewrites the trail would have to forge
both copies of every later checkpoint.
"""

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from portal.handover import Shelf, open_handover
from portal.manifests import read_signing_key
from portal.models import AuditCheckpoint

EVERY = timedelta(hours=1)
_PURPOSE = b"community audit checkpoint 1\0"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('audit checkpoint', 0))"
_INSERT = """
INSERT INTO portal_auditcheckpoint (number, at, events, head, previous, signature)
VALUES (%s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class Checkpoint:
    """What was signed: how many events there were, the last digest, and what came before."""

    instance: str
    number: int
    at: datetime
    events: int
    head: str
    previous: str

    @property
    def text(self) -> bytes:
        """The bytes that are signed."""
        said = {**vars(self), "at": self.at.astimezone(UTC).isoformat()}
        return json.dumps(said, sort_keys=True).encode()

    @property
    def digest(self) -> str:
        """The SHA-256 by which the next checkpoint names this one."""
        return sha256(self.text).hexdigest()


@dataclass(frozen=True)
class Signed:
    """A checkpoint with its signature."""

    checkpoint: Checkpoint
    signature: bytes

    def is_genuine(self, key: Ed25519PublicKey) -> bool:
        """Whether the signature is the instance's."""
        try:
            key.verify(self.signature, _PURPOSE + self.checkpoint.text)
        except InvalidSignature:
            return False
        return True


def write_checkpoint(using: str = "default", *, now: datetime | None = None) -> Signed | None:
    """Sign the head of the trail and keep that in both places; None if the hour is not over.

    The copy outside is made before the commit: without it there is no checkpoint.
    """
    key, now = signing_key(), now or timezone.now()
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        last = AuditCheckpoint.objects.using(using).first()
        if last is not None and last.at + EVERY > now:
            return None
        cursor.execute("SELECT id, encode(digest, 'hex') FROM portal_audithead")
        events, head = cursor.fetchone()
        checkpoint = Checkpoint(
            instance=settings.PORTAL_INSTANCE,
            number=last.number + 1 if last else 1,
            at=now,
            events=events,
            head=head,
            previous=of_row(last).checkpoint.digest if last else "",
        )
        signed = Signed(checkpoint, key.sign(_PURPOSE + checkpoint.text))
        row = [checkpoint.number, now, events, bytes.fromhex(head), checkpoint.previous]
        cursor.execute(_INSERT, [*row, signed.signature])
        _put(open_handover(settings.CHECKPOINTS_URL), signed)
    return signed


def signing_key() -> Ed25519PrivateKey:
    """Return the key of this instance's checkpoints."""
    return read_signing_key(Path(settings.CHECKPOINT_KEY_FILE))


def of_row(row: AuditCheckpoint) -> Signed:
    """Return a checkpoint as the database holds it."""
    checkpoint = Checkpoint(
        instance=settings.PORTAL_INSTANCE,
        number=row.number,
        at=row.at,
        events=row.events,
        head=bytes(row.head).hex(),
        previous=row.previous,
    )
    return Signed(checkpoint, bytes(row.signature))


def kept_outside() -> dict[int, Signed | None]:
    """Return the checkpoints outside the database by number; None for one that cannot be read."""
    shelf = open_handover(settings.CHECKPOINTS_URL)
    found: dict[int, Signed | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.json"
        for name in shelf.names(settings.PORTAL_INSTANCE):
            shelf.get(name, path)
            found[int(Path(name).stem)] = _read(path.read_bytes())
    return found


def _put(shelf: Shelf, signed: Signed) -> None:
    """Put a checkpoint outside, under its number."""
    said = {"checkpoint": signed.checkpoint.text.decode(), "signature": signed.signature.hex()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.json"
        path.write_text(json.dumps(said, indent=1), encoding="utf-8")
        name = f"{signed.checkpoint.instance}/{signed.checkpoint.number:09d}.json"
        shelf.put(name, path)


def _read(content: bytes) -> Signed | None:
    """Return a checkpoint from its file; None if it is not one."""
    try:
        said = json.loads(content)
        facts = json.loads(said["checkpoint"])
        facts["at"] = datetime.fromisoformat(facts["at"])
        return Signed(Checkpoint(**facts), bytes.fromhex(said["signature"]))
    except (ValueError, KeyError, TypeError):
        return None
