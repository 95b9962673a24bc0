"""Ten-minute access tokens, kept as digests alone."""

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from submissions.models import AccessToken, Credential

LIFE = timedelta(minutes=10)
BYTES = 32


def issue(credential: Credential, scope: str) -> str:
    """Make a token for a client and return its text, which is kept nowhere."""
    AccessToken.objects.filter(expires_at__lt=timezone.now()).delete()
    text = secrets.token_urlsafe(BYTES)
    AccessToken.objects.create(
        digest=_digest(text),
        credential=credential,
        scope=scope,
        expires_at=timezone.now() + LIFE,
    )
    return text


def find_by_token(text: str) -> AccessToken | None:
    """Return the live token whose text this is; none for anything else."""
    now = timezone.now()
    return (
        AccessToken.objects.select_related("credential")
        .filter(digest=_digest(text), expires_at__gt=now)
        .filter(credential__revoked_at=None, credential__expires_at__gt=now)
        .first()
    )


def _digest(text: str) -> str:
    """What is kept of a token. It has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(text.encode()).hexdigest()
