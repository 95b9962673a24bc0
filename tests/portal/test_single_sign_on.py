import pytest
import requests
from allauth.account.models import EmailAddress
from django.urls import reverse

from portal.models import User
from tests.people import make_person
from tests.portal.openid_provider import Provider

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]


@pytest.fixture
def organisation(settings, monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    provider = Provider()
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "organisation",
                    "name": "NHS Care Identity",
                    "client_id": "portal",
                    "secret": provider.client.secret,
                    "settings": {"server_url": provider.issuer},
                }
            ],
        }
    }
    settings.REQUIRE_MFA = True
    yield provider
    provider.stop()


@pytest.fixture
def submitter(provider, organisation):
    person = make_person("submitter", provider)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    organisation.claims = {
        "sub": "910000000001",
        "email": person.email,
        "email_verified": True,
        "authentication_assurance_level": "3",
        "associatedorgs": [{"org_code": "Z9A", "org_name": "Demo"}],
    }
    return person


def sign_in(client):
    there = client.post(reverse("openid_connect_login", args=["organisation"]))
    back = requests.get(there["Location"], allow_redirects=False, timeout=5)
    return client.get(back.headers["Location"].partition("testserver")[2])


def test_the_organisations_account_opens_the_account_that_is_here(client, submitter):
    answer = sign_in(client)

    assert answer["Location"] == "/"
    assert client.get("/account/").status_code == 200


def test_a_stranger_to_the_portal_gets_no_account(client, organisation, submitter):
    organisation.claims |= {"email": "stranger@example.org", "sub": "910000000002"}

    answer = sign_in(client)

    assert answer["Location"] == reverse("socialaccount_login_error")
    assert not User.objects.filter(email="stranger@example.org").exists()
    assert client.get("/account/").status_code == 302


def test_an_address_that_was_not_verified_opens_nothing(client, organisation, submitter):
    organisation.claims["email_verified"] = False

    assert sign_in(client)["Location"] == reverse("socialaccount_login_error")


def test_organisations_narrow_what_is_seen_and_never_widen_it(client, organisation, submitter):
    organisation.claims["associatedorgs"] = [{"org_code": "Z9B", "org_name": "Other"}]

    sign_in(client)

    assert client.get("/providers/Z9A/").status_code == 404
    assert client.get("/providers/Z9B/").status_code == 404


def test_a_weak_sign_in_still_needs_a_second_factor(client, organisation, submitter):
    organisation.claims["authentication_assurance_level"] = "1"

    sign_in(client)

    assert client.get("/account/")["Location"] == reverse("mfa_index")


def test_a_forged_answer_is_refused(client, submitter):
    client.post(reverse("openid_connect_login", args=["organisation"]))

    back = reverse("openid_connect_callback", args=["organisation"])
    answer = client.get(back, {"code": "guessed", "state": "forged"})

    assert answer.status_code in (200, 302, 401)
    assert client.get("/account/").status_code == 302
