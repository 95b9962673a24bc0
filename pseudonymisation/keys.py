"""The key ring: root keys by epoch, their states, their check values; secrets never show."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SALT = b"csds-pilot/pseudonym/v1"
ROOT_BYTES = 32
SEPARATOR = "\x1f"
FORMAT = "community pseudonym keys 1"
_CHECKED = b"key check value"


class KeyFault(Exception):
    """A key is missing, wrong, or in a state that does not allow what was asked.

    Its code says which; it never holds a key.
    """

    def __init__(self, code: str, epoch: int | None = None) -> None:
        super().__init__(code if epoch is None else f"{code} (epoch {epoch})")
        self.code = code
        self.epoch = epoch


class KeyState(StrEnum):
    """The life of a key: made, in use, kept for what was made with it, gone."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRED = "retired"
    DESTROYED = "destroyed"


class Secret:
    """Bytes that neither print, nor pickle, nor copy into a log."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The bytes themselves; ask only where they are used."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> NoReturn:
        raise KeyFault("KEY_NOT_PORTABLE")


@dataclass(frozen=True)
class Key:
    """A root key of one epoch; `wraps` names the epoch whose pseudonyms it wraps, if any."""

    epoch: int
    state: KeyState
    check_value: str
    created: str
    root: Secret | None
    wraps: int | None = None


@dataclass(frozen=True)
class KeySet:
    """What one run of pseudonymising needs: the root of an epoch, below those that it wraps.

    `layers` are applied in order: the first to the value, each next to the pseudonym before it.
    """

    collection: str
    purpose: str
    epoch: int
    layers: tuple[tuple[int, Secret], ...]

    def subkeys(self, domain: str) -> tuple[str, ...]:
        """The subkey of a field domain in each layer: HKDF-SHA256 (RFC 5869), as hexadecimal.

        The hexadecimal text is the key of the HMAC, byte for byte.
        """
        return tuple(
            derive(root, self.collection, self.purpose, domain, epoch)
            for epoch, root in self.layers
        )


@dataclass(frozen=True)
class KeyRing:
    """All keys of a collection and purpose. At most one is active."""

    collection: str
    purpose: str
    keys: tuple[Key, ...] = ()

    @cached_property
    def by_epoch(self) -> Mapping[int, Key]:
        """The keys by epoch."""
        return {key.epoch: key for key in self.keys}

    @property
    def active(self) -> Key:
        """The key that new pseudonyms are made with. Raises KeyFault if there is none."""
        for key in self.keys:
            if key.state is KeyState.ACTIVE:
                return key
        raise KeyFault("NO_ACTIVE_KEY")

    def key_set(self, epoch: int | None = None) -> KeySet:
        """The keys to pseudonymise with, of the active epoch if none is named.

        Raises KeyFault for an unknown, pending or destroyed epoch.
        """
        key = self.active if epoch is None else self._usable(epoch)
        layers = [key]
        while layers[0].wraps is not None:
            layers.insert(0, self._usable(layers[0].wraps))
        roots = tuple((layer.epoch, _root(layer)) for layer in layers)
        return KeySet(self.collection, self.purpose, key.epoch, roots)

    def check_values(self) -> Mapping[int, str]:
        """What tells a right key from a wrong one, by epoch; safe to keep anywhere."""
        return {key.epoch: key.check_value for key in self.keys}

    def _usable(self, epoch: int) -> Key:
        key = self.by_epoch.get(epoch)
        if key is None:
            raise KeyFault("UNKNOWN_EPOCH", epoch)
        if key.state not in (KeyState.ACTIVE, KeyState.RETIRED):
            raise KeyFault(f"KEY_{key.state.upper()}", epoch)
        return key


def derive(root: Secret, collection: str, purpose: str, domain: str, epoch: int) -> str:
    """A subkey of 256 bits in hexadecimal, bound to collection, purpose, domain and epoch."""
    info = SEPARATOR.join((collection, purpose, domain, str(epoch))).encode()
    subkey = HKDF(algorithm=SHA256(), length=32, salt=SALT, info=info).derive(root.reveal())
    return subkey.hex()


def check_value(root: Secret, collection: str, purpose: str, epoch: int) -> str:
    """64 bits that say whether a key is the right one and nothing else about it."""
    key = derive(root, collection, purpose, "check value", epoch)
    return hmac.new(key.encode(), _CHECKED, hashlib.sha256).hexdigest()[:16]


def with_new_key(ring: KeyRing, created: str, *, wraps: int | None = None) -> KeyRing:
    """The ring with one more key, pending, of the next epoch."""
    epoch = max((key.epoch for key in ring.keys), default=0) + 1
    root = Secret(secrets.token_bytes(ROOT_BYTES))
    check = check_value(root, ring.collection, ring.purpose, epoch)
    return replace(
        ring, keys=(*ring.keys, Key(epoch, KeyState.PENDING, check, created, root, wraps))
    )


def with_active(ring: KeyRing, epoch: int) -> KeyRing:
    """The ring with this pending key active, and the key that was active retired."""
    key = ring.by_epoch.get(epoch)
    if key is None or key.state is not KeyState.PENDING:
        raise KeyFault("KEY_NOT_PENDING", epoch)
    states = {one.epoch: KeyState.RETIRED for one in ring.keys if one.state is KeyState.ACTIVE} | {
        epoch: KeyState.ACTIVE
    }
    return replace(
        ring, keys=tuple(replace(one, state=states.get(one.epoch, one.state)) for one in ring.keys)
    )


def without_key(ring: KeyRing, epoch: int) -> KeyRing:
    """The ring with the secret of a key gone for good; its epoch and check value stay.

    Raises KeyFault for the active key and for one that a living key wraps.
    """
    key = ring.by_epoch.get(epoch)
    if key is None or key.state in (KeyState.ACTIVE, KeyState.DESTROYED):
        raise KeyFault("KEY_NOT_DESTROYABLE", epoch)
    if any(one.wraps == epoch and one.root is not None for one in ring.keys):
        raise KeyFault("KEY_STILL_WRAPPED", epoch)
    gone = replace(key, state=KeyState.DESTROYED, root=None)
    return replace(ring, keys=tuple(gone if one.epoch == epoch else one for one in ring.keys))


def emptied(ring: KeyRing) -> KeyRing:
    """The ring with every secret gone, at the end of the collection."""
    gone = (replace(key, state=KeyState.DESTROYED, root=None) for key in ring.keys)
    return replace(ring, keys=tuple(gone))


def to_text(ring: KeyRing) -> str:
    """The ring as the JSON text that a key store keeps. It holds secrets."""
    return json.dumps(
        {
            "format": FORMAT,
            "collection": ring.collection,
            "purpose": ring.purpose,
            "keys": [_key_to_json(key) for key in ring.keys],
        },
        indent=1,
    )


def from_text(text: str) -> KeyRing:
    """The ring of a key store's text. Raises KeyFault for any other text and for a wrong key."""
    try:
        said = json.loads(text)
        ring = KeyRing(
            said["collection"], said["purpose"], tuple(_key_from_json(one) for one in said["keys"])
        )
        known = said["format"] == FORMAT
    except (ValueError, KeyError, TypeError):
        raise KeyFault("KEY_RING_UNREADABLE") from None
    if not known:
        raise KeyFault("KEY_RING_UNREADABLE")
    _verify(ring)
    return ring


def _key_to_json(key: Key) -> dict[str, Any]:
    root = None if key.root is None else base64.b64encode(key.root.reveal()).decode()
    return {
        "epoch": key.epoch,
        "state": key.state.value,
        "check_value": key.check_value,
        "created": key.created,
        "wraps": key.wraps,
        "root": root,
    }


def _key_from_json(said: Mapping[str, Any]) -> Key:
    root = None if said["root"] is None else Secret(base64.b64decode(said["root"], validate=True))
    return Key(
        epoch=int(said["epoch"]),
        state=KeyState(said["state"]),
        check_value=str(said["check_value"]),
        created=str(said["created"]),
        root=root,
        wraps=said.get("wraps"),
    )


def _verify(ring: KeyRing) -> None:
    if len(ring.by_epoch) != len(ring.keys):
        raise KeyFault("TWO_KEYS_OF_ONE_EPOCH")
    if sum(key.state is KeyState.ACTIVE for key in ring.keys) > 1:
        raise KeyFault("TWO_ACTIVE_KEYS")
    for key in ring.keys:
        if (key.root is None) != (key.state is KeyState.DESTROYED):
            raise KeyFault("KEY_RING_UNREADABLE", key.epoch)
        if key.root is not None:
            _verify_key(ring, key, key.root)


def _verify_key(ring: KeyRing, key: Key, root: Secret) -> None:
    right = check_value(root, ring.collection, ring.purpose, key.epoch)
    if len(root.reveal()) != ROOT_BYTES or not hmac.compare_digest(right, key.check_value):
        raise KeyFault("WRONG_KEY", key.epoch)


def _root(key: Key) -> Secret:
    if key.root is None:
        raise KeyFault("KEY_DESTROYED", key.epoch)
    return key.root
