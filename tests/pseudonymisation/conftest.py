"""What the tests of this room ask for: both sides of the door, with keys of their own."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from portal.row_security import load_key
from portal.scope import ticket_key
from pseudonymisation.__main__ import make_first_ring
from tests.pseudonymisation.days import Door


@pytest.fixture
def door(tmp_path):
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "signing.pem").write_bytes(private)
    keys_url = (tmp_path / "keys.json").as_uri()
    make_first_ring(keys_url)
    return Door(tmp_path, key, keys_url, (tmp_path / "handover").as_uri())


@pytest.fixture
def national_side(door, settings, transactional_db):
    """The national instance, listening to this door."""
    load_key(ticket_key())
    public = door.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (door.folder / "agem.pem").write_bytes(public)
    settings.AGEM_VERIFY_KEY_FILE = str(door.folder / "agem.pem")
    settings.HANDOVER_URL = door.handover_url
    return settings
