"""What the tests of this room ask for: both sides of the door, with keys of their own."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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
