"""Who the client is: a submission key, or a private key it signs with. Never an argument."""

import json
import os
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from submissions.client.endings import Ending, Exit

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE = 240
OWNER_ONLY = 0o600


def bearer(url: str, environment: Mapping[str, str]) -> str:
    """Return the key or token to send. Raises Ending where the environment names none."""
    if client := environment.get("PILOT_CLIENT"):
        return _token(url, client, _file(environment, "PILOT_PRIVATE_KEY_FILE"))
    if key := environment.get("PILOT_KEY"):
        return key
    return _file(environment, "PILOT_KEY_FILE").strip()


def make_pair(private: Path, public: Path) -> None:
    """Make a key pair: the private key for this machine alone, the public one to be registered."""
    key = ECKey.generate_key("P-384", {"kid": uuid.uuid4().hex[:12], "use": "sig"})
    pem = json.dumps(key.as_dict(private=True))
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(pem)
    public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}), encoding="ascii")


def _token(url: str, client: str, text: str) -> str:
    """Sign for a token. Raises Ending."""
    endpoint = f"{url}/api/v1/oauth/token"
    key = _private(text)
    alg = "RS512" if isinstance(key, RSAKey) else "ES384"
    claims = {
        "iss": client,
        "sub": client,
        "aud": endpoint,
        "exp": int(time.time()) + LIFE,
        "jti": str(uuid.uuid4()),
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": jwt.encode(
            {"alg": alg, "kid": key.kid or ""}, claims, key, algorithms=[alg]
        ),
    }
    answer = httpx.post(endpoint, data=form, timeout=30)
    if not answer.is_success:
        raise Ending(Exit.NOT_ALLOWED, "The portal gave no token for this private key.")
    return str(answer.json()["access_token"])


def _private(text: str) -> ECKey | RSAKey:
    """Read a private key, as JWK or PEM. Raises Ending."""
    for kind in (ECKey, RSAKey):
        try:
            return kind.import_key(json.loads(text) if text.startswith("{") else text)
        except (ValueError, KeyError, TypeError):
            continue
    raise Ending(Exit.USAGE, "The private key is neither P-384 nor RSA.")


def _file(environment: Mapping[str, str], name: str) -> str:
    """Read the file that a variable names. Raises Ending."""
    path = environment.get(name)
    if not path:
        raise Ending(Exit.USAGE, f"Set {name} (and see the how-to for the other ways).")
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as absent:
        raise Ending(Exit.USAGE, f"The file that {name} names cannot be read.") from absent
