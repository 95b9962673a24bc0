"""Submission keys: made, shown once, kept as a digest, checked, and taken back at once.

A key reads `csds_<id>_<secret>_<checksum>`: the prefix is for scanners that look for lost secrets,
the id finds the row, the checksum tells a typing error from an attack before anything is looked up.
"""

import hashlib
import hmac
import ipaddress
import re
import secrets
import string
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from portal import audit
from portal.access import is_open
from portal.models import Delegation, Provider
from submissions.models import Credential
from submissions.states import Mode

PREFIX = "csds"
ALPHABET = string.ascii_letters + string.digits
ID_LENGTH, SECRET_LENGTH = 8, 43
KEY = re.compile(
    rf"{PREFIX}_([a-z0-9]{{{ID_LENGTH}}})_([A-Za-z0-9]{{{SECRET_LENGTH}}})_([0-9a-f]{{8}})"
)
MOST_LIVE = 2
DAYS = 90
SMALLEST_RSA = 2048
USED_PRECISION = timedelta(minutes=1)


@dataclass(frozen=True)
class Terms:
    """What a new key may do, from where, and for how long."""

    name: str = ""
    days: int = DAYS
    modes: Sequence[str] = tuple(Mode.values)
    addresses: Sequence[str] = ()


USUAL = Terms()


class TooManyKeys(Exception):
    """An organisation has two live keys already: revoke one before making another."""


@transaction.atomic
def new_key(organisation: str, *, by: str, terms: Terms = USUAL) -> tuple[Credential, str]:
    """Make a submission key and return it with its text, which is kept nowhere.

    Raises TooManyKeys.
    """
    live = live_credentials().filter(organisation=organisation, kind=Credential.Kind.KEY)
    if len(live.select_for_update()) >= MOST_LIVE:
        raise TooManyKeys(f"{organisation} has {MOST_LIVE} live keys. Revoke one first.")
    identity = _random(string.ascii_lowercase + string.digits, ID_LENGTH)
    body = f"{PREFIX}_{identity}_{_random(ALPHABET, SECRET_LENGTH)}"
    text = f"{body}_{_checksum(body)}"
    credential = Credential.objects.create(
        id=identity,
        organisation=organisation,
        name=terms.name,
        digest=_digest(text),
        modes=list(terms.modes),
        addresses=[str(ipaddress.ip_network(address)) for address in terms.addresses],
        made_by=by,
        expires_at=timezone.now() + timedelta(days=terms.days),
    )
    audit.record(
        audit.Event.CREDENTIAL_MADE, actor=by, credential=identity, organisation=organisation
    )
    return credential, text


class UnfitKeys(Exception):
    """Keys that are not public, or not of a kind and strength that is taken."""


@transaction.atomic
def new_client(
    organisation: str, keys: Mapping[str, Any], *, by: str, terms: Terms = USUAL
) -> Credential:
    """Register a client by its public keys. Raises UnfitKeys."""
    _check_keys(keys)
    client = Credential.objects.create(
        id=_random(string.ascii_lowercase + string.digits, ID_LENGTH),
        kind=Credential.Kind.CLIENT,
        organisation=organisation,
        name=terms.name,
        public_keys=dict(keys),
        modes=list(terms.modes),
        addresses=[str(ipaddress.ip_network(address)) for address in terms.addresses],
        made_by=by,
        expires_at=timezone.now() + timedelta(days=terms.days),
    )
    audit.record(
        audit.Event.CREDENTIAL_MADE, actor=by, credential=client.pk, organisation=organisation
    )
    return client


def _check_keys(keys: Mapping[str, Any]) -> None:
    """Take RSA keys of 2048 bits or more and P-384 keys, public ones alone. Raises UnfitKeys."""
    try:
        members = KeySet.import_key_set({"keys": list(keys["keys"])}).keys
    except (JoseError, KeyError, TypeError, ValueError) as wrong:
        raise UnfitKeys("this is no JSON Web Key Set") from wrong
    if not members:
        raise UnfitKeys("there is no key in the set")
    for key in members:
        if key.is_private:
            raise UnfitKeys("a private key is among them: make a new pair, and send the public one")
        strong = isinstance(key, RSAKey) and key.raw_value.key_size >= SMALLEST_RSA
        if not strong and not (isinstance(key, ECKey) and key.curve_name == "P-384"):
            raise UnfitKeys("a key is neither RSA of 2048 bits or more nor P-384")


def live_credentials() -> QuerySet[Credential]:
    """The credentials that have been neither revoked nor outlived."""
    return Credential.objects.filter(revoked_at=None, expires_at__gt=timezone.now())


def find_by_key(text: str) -> Credential | None:
    """Return the live credential whose key this is; none for anything else."""
    parts = KEY.fullmatch(text)
    if parts is None or not hmac.compare_digest(_checksum(text[: text.rindex("_")]), parts[3]):
        return None
    found = live_credentials().filter(pk=parts[1], kind=Credential.Kind.KEY).first()
    digest = found.digest if found else "0" * 64
    return found if hmac.compare_digest(digest, _digest(text)) else None


def comes_from(credential: Credential, address: str) -> bool:
    """Whether a request from an address may use a credential."""
    if not credential.addresses:
        return True
    try:
        sender = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(sender in ipaddress.ip_network(network) for network in credential.addresses)


def note_use(credential: Credential) -> None:
    """Write down that a credential was used, to the minute."""
    now = timezone.now()
    stale = Q(used_at=None) | Q(used_at__lt=now - USED_PRECISION)
    Credential.objects.filter(stale, pk=credential.pk).update(used_at=now)


def represented_by(organisation: str) -> QuerySet[Provider]:
    """The open providers an organisation may submit for: itself, and those that delegated to it."""
    delegated = Delegation.objects.in_force().filter(supplier=organisation)
    own = Q(pk=organisation) | Q(pk__in=delegated.values("provider"))
    shut = [provider.pk for provider in Provider.objects.filter(own) if not is_open(provider)]
    return Provider.objects.filter(own).exclude(pk__in=shut)


@transaction.atomic
def revoke(credential: Credential, *, by: str) -> None:
    """Take a credential back: its keys and tokens stop working at once."""
    Credential.objects.filter(pk=credential.pk, revoked_at=None).update(revoked_at=timezone.now())
    credential.tokens.all().delete()
    audit.record(audit.Event.CREDENTIAL_REVOKED, actor=by, credential=credential.pk)


def _random(alphabet: str, length: int) -> str:
    """Random characters."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _checksum(body: str) -> str:
    """The CRC-32 of a key's other parts."""
    return f"{zlib.crc32(body.encode()):08x}"


def _digest(text: str) -> str:
    """What is kept of a key. It has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(text.encode()).hexdigest()
