"""Display pseudonyms: what a provider's viewers see in place of a patient's pseudonym.

token = first 120 bits of HMAC-SHA256(display key, provider | pseudonym), in Crockford's base32 with
a check character. It is scoped to the provider, so that a provider that both sends and views
cannot use the portal to learn the pseudonyms of others.
"""

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

from portal.scope import read_key

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECKS = DIGITS + "*~$=U"
LENGTH = 24
_BITS = 5
_LOOKALIKE = str.maketrans("ILO", "110", " -")


class NotAToken(Exception):
    """The text is not a display pseudonym, or was mistyped."""


def token_of(provider: str, pseudonym: UUID, key: bytes | None = None) -> str:
    """Return the display pseudonym of a patient: 24 characters and a letter or digit to check.

    A token whose check would be a sign is made from the next block, so that it is safe in an
    address.
    """
    key = key or read_key(settings.DISPLAY_KEY_FILE)
    for block in range(256):
        message = f"{provider}\x1f{pseudonym.hex}\x1f{block}".encode()
        number = int.from_bytes(hmac.new(key, message, hashlib.sha256).digest()[:15], "big")
        check = CHECKS[number % len(CHECKS)]
        if check in DIGITS:
            return _base32(number) + check
    raise AssertionError("No block of 256 has a plain check character.")


def read_token(text: str) -> str:
    """Return a display pseudonym as it is kept, from what a person typed.

    Spaces, hyphens and small letters do not matter. Raises NotAToken when the check fails.
    """
    token = text.strip().upper().translate(_LOOKALIKE)
    if len(token) != LENGTH + 1 or any(digit not in DIGITS for digit in token):
        raise NotAToken("A pseudonym has 25 letters and digits.")
    number = 0
    for digit in token[:-1]:
        number = number << _BITS | DIGITS.index(digit)
    if CHECKS[number % len(CHECKS)] != token[-1]:
        raise NotAToken("That pseudonym was mistyped.")
    return token


def shown(token: str) -> str:
    """Return a display pseudonym in groups of five, for reading."""
    return " ".join(token[start : start + _BITS] for start in range(0, len(token), _BITS))


def _base32(number: int) -> str:
    """Return a number of 120 bits as 24 characters."""
    places = range((LENGTH - 1) * _BITS, -1, -_BITS)
    return "".join(DIGITS[number >> place & 31] for place in places)
