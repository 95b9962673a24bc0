"""A client signs for a token; nothing else gets one."""

import time
import uuid

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from submissions.credentials import UnfitKeys, new_client, revoke
from submissions.models import AccessToken

pytestmark = pytest.mark.django_db
URL = "http://testserver/api/v1/oauth/token"
KEY = ECKey.generate_key("P-384", {"kid": "a"})
RSA = RSAKey.generate_key(2048, {"kid": "b"})
SHARED = OctKey.generate_key(256, {"kid": "b"})


@pytest.fixture
def machine(provider):
    """A client with an elliptic and an RSA key."""
    keys = {"keys": [KEY.as_dict(private=False), RSA.as_dict(private=False)]}
    return new_client(provider.code, keys, by="test")


@pytest.fixture
def ask(client, machine):
    """Ask for a token with an assertion changed in some way."""

    def asking(key=KEY, alg="ES384", scope="", **changed):
        claims = {
            "iss": machine.pk,
            "sub": machine.pk,
            "aud": URL,
            "exp": int(time.time()) + 240,
            "jti": str(uuid.uuid4()),
            **changed,
        }
        header = {"alg": alg, "kid": getattr(key, "kid", None) or "a"}
        claims = {name: value for name, value in claims.items() if value is not None}
        assertion = jwt.encode(header, claims, key, algorithms=[alg])
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "scope": scope,
        }
        body = "&".join(f"{name}={value}" for name, value in form.items())
        return client.post(
            "/api/v1/oauth/token", body, content_type="application/x-www-form-urlencoded"
        )

    return asking


@pytest.mark.parametrize(("key", "alg"), [(KEY, "ES384"), (RSA, "RS512")])
def test_a_signed_assertion_gives_a_token_that_opens_the_api(ask, client, key, alg):
    said = ask(key, alg).json()

    answer = client.get(
        "/api/v1/submissions", headers={"Authorization": f"Bearer {said['access_token']}"}
    )
    assert answer.status_code == 200
    assert said["expires_in"] == 600
    assert said["access_token"] not in str(list(AccessToken.objects.values()))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://elsewhere.example/token"},
        {"exp": int(time.time()) - 120},
        {"exp": int(time.time()) + 3600},
        {"exp": None},
        {"jti": None},
        {"iss": "somebody"},
        {"sub": "nobody00", "iss": "nobody00"},
        {"sub": ["a"], "iss": ["a"]},
        {"key": ECKey.generate_key("P-384", {"kid": "a"})},
        {"key": RSA, "alg": "RS256"},
        {"key": SHARED, "alg": "HS256"},
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_any_other_assertion_is_refused(ask, changed):
    answer = ask(**changed)

    assert answer.status_code == 401, answer.content
    assert answer.json()["error"] == "invalid_client"
    assert not AccessToken.objects.exists()


def test_an_assertion_is_used_once(ask):
    jti = str(uuid.uuid4())

    assert ask(jti=jti).status_code == 200
    assert ask(jti=jti).status_code == 401


def test_a_secret_or_nothing_is_no_proof(client, machine):
    answer = client.post(
        "/api/v1/oauth/token",
        f"grant_type=client_credentials&client_id={machine.pk}&client_secret=x",
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 401


def test_a_token_holds_no_more_than_was_asked_for(ask, client):
    text = ask(scope="test+provider:Z9A+provider:Z9B").json()

    assert text["scope"] == "provider:Z9A test"
    answer = client.post(
        "/api/v1/submissions",
        b"a",
        content_type="text/csv",
        headers={"Authorization": f"Bearer {text['access_token']}"},
    )
    assert answer.status_code == 403


def test_a_revoked_client_loses_its_tokens_at_once(ask, client, machine):
    text = ask().json()["access_token"]

    revoke(machine, by="test")

    answer = client.get("/api/v1/submissions", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 401
    assert ask().status_code == 401


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"keys": []},
        {"keys": [KEY.as_dict(private=True)]},
        {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0" * 6}]},
    ],
)
def test_weak_or_private_keys_are_not_registered(provider, keys):
    with pytest.raises(UnfitKeys):
        new_client(provider.code, keys, by="test")
