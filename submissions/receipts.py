"""A signed receipt: proof for an auditor of what was received, when, and what became of it."""

import base64
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from portal.manifests import read_signing_key
from submissions.models import Submission


@dataclass(frozen=True)
class Receipt:
    """What is said, and the signature over it as canonical JSON."""

    receipt: dict[str, Any]
    signature: str
    algorithm: str = "Ed25519"


def sign_receipt(submission: Submission) -> Receipt:
    """Return the receipt of a submission as it stands now."""
    said = {
        "reference": submission.reference,
        "provider": submission.provider_id,
        "mode": submission.mode,
        "state": submission.state,
        "outcome": submission.outcome,
        "sha256": submission.sha256,
        "bytes": submission.bytes,
        "records": submission.records,
        "data_set": submission.data_set,
        "version": submission.version,
        "period_start": _text(submission.period_start),
        "period_end": _text(submission.period_end),
        "slot_version": submission.slot_version,
        "received_at": _text(submission.received_at),
        "finished_at": _text(submission.finished_at),
    }
    key = read_signing_key(Path(settings.SIGNING_KEY_FILE))
    return Receipt(said, base64.b64encode(key.sign(canonical(said))).decode())


def public_key() -> str:
    """The key that receipts are verified with, as PEM."""
    key = read_signing_key(Path(settings.SIGNING_KEY_FILE)).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def canonical(said: dict[str, Any]) -> bytes:
    """The bytes that are signed: JSON with sorted names and without spaces."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _text(moment: date | None) -> str | None:
    """A date or time as ISO 8601."""
    return moment.isoformat() if moment else None
