"""The scope of one provider: a transaction that carries a signed ticket, and no query without one.

The database verifies the ticket (see row_security). It belongs to the transaction, so a block that
ends, fails or is cut off leaves nothing behind on the connection.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.row_security import TICKET

RECORDS = "records"
READING_SECONDS = 30
LOADING_SECONDS = 3600
_BLOCK = 64
_PROVIDER = re.compile(r"[A-Z0-9]{1,12}")
_open_scopes: ContextVar[frozenset[str]] = ContextVar("open_scopes", default=frozenset())


class NoScope(Exception):
    """Records were asked for outside the scope of a provider."""


@contextmanager
def provider_scope(provider_code: str, using: str = RECORDS) -> Iterator[None]:
    """Let the block see the rows of one provider on one connection, and no other.

    On the connection for records the transaction is read-only. Raises NoScope for a code that
    cannot be a provider's, and when a scope is already open on the connection.
    """
    if using in _open_scopes.get():
        raise NoScope("A scope is already open: one provider at a time.")
    lifetime = READING_SECONDS if using == RECORDS else LOADING_SECONDS
    ticket = sign_ticket(provider_code, ticket_key(), int(time.time()) + lifetime)
    with transaction.atomic(using=using, durable=using == RECORDS):
        token = _open_scopes.set(_open_scopes.get() | {using})
        try:
            _set_ticket(using, ticket)
            yield
            if using != RECORDS:
                _set_ticket(using, "")
        finally:
            _open_scopes.reset(token)


def sign_ticket(provider_code: str, key: bytes, expiry: int) -> str:
    """Return the ticket kid.provider.expiry.mac; the expiry is in seconds since 1970.

    Raises NoScope for a code that cannot be a provider's.
    """
    if not _PROVIDER.fullmatch(provider_code):
        raise NoScope("That is not the code of a provider.")
    claim = f"{key_id(key)}.{provider_code}.{expiry}"
    return f"{claim}.{hmac.new(key, claim.encode(), hashlib.sha256).hexdigest()}"


def key_id(key: bytes) -> str:
    """Return the public name of a ticket key."""
    return hashlib.sha256(b"ticket key" + key).hexdigest()[:8]


def hmac_blocks(key: bytes) -> tuple[bytes, bytes]:
    """Return the inner and outer blocks of HMAC-SHA256 (RFC 2104) for a key of up to 64 bytes."""
    padded = key.ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def ticket_key() -> bytes:
    """Return the key that signs tickets, read once from TICKET_KEY_FILE."""
    return read_key(settings.TICKET_KEY_FILE)


@cache
def read_key(path: str) -> bytes:
    """Return the 32 bytes that a key file holds as hexadecimal digits.

    Raises ValueError for anything else; the message does not quote the file.
    """
    try:
        key = bytes.fromhex(Path(path).read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != hashlib.sha256().digest_size:
        raise ValueError("A key file holds 64 hexadecimal digits.")
    return key


def refuse_without_scope(connection: BaseDatabaseWrapper) -> None:
    """Make a connection refuse every query outside a scope; a second call changes nothing."""
    if not any(wrapper is _demand_scope for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.append(_demand_scope)


def _demand_scope(
    execute: Callable[..., object],
    sql: str,
    params: object,
    many: bool,  # noqa: FBT001 - the signature is Django's
    context: dict[str, Any],
) -> object:
    """Run a query inside a scope, or raise NoScope."""
    if context["connection"].alias not in _open_scopes.get():
        raise NoScope("Records are read inside the scope of one provider.")
    return execute(sql, params, many, context)


def _set_ticket(using: str, ticket: str) -> None:
    """Put a ticket into the transaction, and nothing beyond it."""
    with connections[using].cursor() as cursor:
        if using == RECORDS:
            cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute("SELECT pg_catalog.set_config(%s, %s, true)", [TICKET, ticket])
