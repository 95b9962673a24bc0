"""Certify deletions: a statement signed with the instance's key, which anybody can verify."""

import json
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.utils import timezone

from portal.manifests import read_signing_key
from submissions.models import DeletionCertificate, StoredFile, Submission

_PURPOSE = b"community deletion certificate 1\0"


def certify(
    submission: Submission, files: Iterable[StoredFile], *, by: str, because: str
) -> DeletionCertificate:
    """State that the files of a submission were deleted, and sign it."""
    statement = json.dumps(
        {
            "submission": str(submission.id),
            "reference": submission.reference,
            "provider": submission.provider_id,
            "records": submission.records,
            "files": [
                {"kind": file.kind, "sha256": file.sha256, "bytes": file.bytes} for file in files
            ],
            "by": by,
            "because": because,
            "at": timezone.now().isoformat(timespec="seconds"),
        },
        sort_keys=True,
    )
    key = read_signing_key(Path(settings.SIGNING_KEY_FILE))
    return DeletionCertificate.objects.create(
        submission=submission,
        statement=statement,
        signature=key.sign(_PURPOSE + statement.encode()).hex(),
    )


def is_genuine(certificate: DeletionCertificate, key: Ed25519PublicKey) -> bool:
    """Whether a certificate says what this instance signed."""
    try:
        key.verify(bytes.fromhex(certificate.signature), _PURPOSE + certificate.statement.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
