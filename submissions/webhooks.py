"""Call the senders' machines, by the Standard Webhooks convention: signed, timed, references alone.

Only https is called, and only addresses of the public internet, so that nobody can have the portal
call its neighbours. The address that was checked is the one that is called.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import secrets
import socket
from urllib.parse import SplitResult, urlsplit

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.models import Provider
from submissions.landing import current_store
from submissions.models import Message, Webhook
from submissions.refusals import Refusal

SECONDS = 5.0
HTTPS_PORT = 443
MOST = 5


class UnfitAddress(Refusal):
    """An address that is not called."""

    status = 422
    kind = "unfit-address"
    title = "This address is not called"
    remedy = "Name an https address on the public internet."


class NotTaken(Exception):
    """A call that was not answered with 2xx. Names a status or a kind of fault."""


@transaction.atomic
def new_webhook(provider: Provider, url: str, *, by: str) -> Webhook:
    """Add an address for a provider's events. Raises UnfitAddress."""
    _resolve(_fit(url))
    if provider.webhooks.filter(ended_at=None).count() >= MOST:
        raise UnfitAddress(f"A provider may have {MOST} addresses.")
    return Webhook.objects.create(id=secrets.token_hex(8), provider=provider, url=url, made_by=by)


def end_webhook(webhook: Webhook) -> None:
    """Call an address no more."""
    Webhook.objects.filter(pk=webhook.pk).update(ended_at=timezone.now())


def secret_of(webhook: Webhook) -> str:
    """The secret that signs the calls to an address, in the convention's form."""
    key = hmac.digest(current_store().key, f"webhook|{webhook.pk}".encode(), "sha256")
    return f"whsec_{base64.b64encode(key).decode()}"


def call(message: Message) -> None:
    """Deliver a message to its address. Raises NotTaken or UnfitAddress."""
    webhook = message.webhook
    if webhook is None or webhook.ended_at:
        return
    parts = _fit(webhook.url)
    address = _resolve(parts)
    body = json.dumps(message.facts, separators=(",", ":")).encode()
    target = parts._replace(netloc=f"{_host(address)}:{parts.port or HTTPS_PORT}").geturl()
    try:
        with httpx.Client(timeout=SECONDS, trust_env=False) as client:
            answer = client.post(
                target,
                content=body,
                headers={"Host": parts.netloc, **_headers(webhook, f"msg_{message.pk}", body)},
                extensions={"sni_hostname": parts.hostname},
            )
    except httpx.HTTPError as fault:
        raise NotTaken(type(fault).__name__) from fault
    if not answer.is_success:
        raise NotTaken(str(answer.status_code))


def sign(secret: str, identity: str, moment: int, body: bytes) -> str:
    """The signature of a call (standardwebhooks.com, `v1`)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{identity}.{moment}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _headers(webhook: Webhook, identity: str, body: bytes) -> dict[str, str]:
    """The headers of a call."""
    moment = int(timezone.now().timestamp())
    return {
        "Content-Type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(secret_of(webhook), identity, moment, body),
    }


def _fit(url: str) -> SplitResult:
    """The parts of an address that may be called. Raises UnfitAddress."""
    try:
        parts = urlsplit(url)
        port_is_fit = parts.port is None or parts.port > 0
    except ValueError as wrong:
        raise UnfitAddress("This is no address.") from wrong
    if parts.scheme != "https" or not parts.hostname or parts.username or not port_is_fit:
        raise UnfitAddress("Only https addresses without a user name are called.")
    return parts


def _resolve(parts: SplitResult) -> str:
    """The one IP address to call. Raises UnfitAddress where any it stands for is not public."""
    try:
        found = socket.getaddrinfo(
            parts.hostname, parts.port or HTTPS_PORT, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError) as unknown:
        raise UnfitAddress("The host's name is not known.") from unknown
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    allowed = [ipaddress.ip_network(network) for network in settings.WEBHOOK_NETWORKS]
    for address in addresses:
        if not address.is_global and not any(address in network for network in allowed):
            raise UnfitAddress("Only addresses on the public internet are called.")
    return str(addresses[0])


def _host(address: str) -> str:
    """An IP address as a URL holds it."""
    return f"[{address}]" if ":" in address else address
