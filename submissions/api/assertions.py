"""A client proves itself by a signed JWT (RFC 7523): short-lived, for us alone, and used once."""

import hashlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError  # type: ignore[import-untyped]
from authlib.oauth2.rfc7523 import (  # type: ignore[import-untyped]
    JWTBearerClientAssertion,
)
from django.db import IntegrityError, transaction
from django.utils import timezone
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from submissions.credentials import live_credentials
from submissions.models import Credential, UsedAssertion

ALGORITHMS = ("RS512", "ES384")
LONGEST_LIFE = 300
LEEWAY = 30


class Asserted:
    """A credential in the shape the protocol's library asks for."""

    def __init__(self, credential: Credential) -> None:
        self.credential = credential

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """A client may prove itself in this one way only."""
        return bool(method == ClientAssertion.CLIENT_AUTH_METHOD)


class ClientAssertion(JWTBearerClientAssertion):  # type: ignore[misc]
    """What the library leaves open: which key, which algorithms, how long, and how often."""

    def __init__(self, audience: str) -> None:
        super().__init__(leeway=LEEWAY)
        self.audience = audience

    def get_audiences(self) -> list[str]:
        """The address of the token endpoint."""
        return [self.audience]

    def resolve_client_public_key(self, client: Asserted) -> KeySet:
        """The client's public keys; the header says which one signed."""
        return KeySet.import_key_set(client.credential.public_keys)

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> Mapping[str, Any]:
        """Verify a signature of a strong kind and a short life. Raises InvalidClientError."""
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=ALGORITHMS)
        except (JoseError, ValueError, TypeError) as wrong:
            raise InvalidClientError(description="The assertion's signature is wrong.") from wrong
        self._check_life(token.claims)
        self.verify_claims(token.claims)
        return token.claims

    def validate_jti(self, claims: Mapping[str, Any], jti: object) -> bool:
        """Whether an assertion is used for the first time; it is written down as used."""
        name = f"{claims['sub']}|{jti}".encode()
        UsedAssertion.objects.filter(expires_at__lt=timezone.now()).delete()
        try:
            with transaction.atomic():
                UsedAssertion.objects.create(
                    digest=hashlib.sha256(name).hexdigest(),
                    expires_at=datetime.fromtimestamp(claims["exp"] + 2 * LEEWAY, UTC),
                )
        except IntegrityError:
            return False
        return True

    def _check_life(self, claims: Mapping[str, Any]) -> None:
        """Refuse an assertion that lives longer than five minutes. Raises InvalidClientError."""
        ends = claims.get("exp")
        if not isinstance(ends, int) or ends > time.time() + LONGEST_LIFE + LEEWAY:
            raise InvalidClientError(description="`exp` is at most five minutes ahead.")


def find_client(identity: str) -> Asserted | None:
    """The live client of an identity."""
    if not identity.isascii() or not identity.isalnum():
        return None
    found = live_credentials().filter(pk=identity, kind=Credential.Kind.CLIENT).first()
    return Asserted(found) if found else None
