import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.urls import reverse

from portal.models import AuditEvent
from tests.people import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("national")]
PASSWORD = "correct horse"


@pytest.fixture
def person(somebody, settings):
    settings.REQUIRE_MFA = True
    made = somebody(name="Amara Okafor")
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made


def sign_in(client, person):
    return client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})


def code(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def set_up(client):
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    answer = client.get(reverse("mfa_activate_totp"))
    page = answer.content.decode()
    assert answer.status_code == 200, answer["Location"]
    secret = re.search("<code>([A-Z0-9]+)</code>", page)[1]
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert answer.status_code == 302
    return secret


def test_an_authenticator_app_is_set_up_and_asked_for(
    client, person, django_capture_on_commit_callbacks
):
    sign_in(client, person)
    assert client.get("/account/")["Location"] == reverse("mfa_index")
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client)
    assert client.get("/account/").status_code == 200
    assert AuditEvent.objects.filter(event="second_factor_changed").exists()
    client.post(reverse("account_logout"))

    assert sign_in(client, person)["Location"] == reverse("mfa_authenticate")
    assert client.get("/account/").status_code == 302
    assert "authenticator" in client.get(reverse("mfa_authenticate")).content.decode()


def test_a_recovery_code_signs_in_once(client, person):
    sign_in(client, person)
    set_up(client)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    client.post(reverse("account_logout"))

    for expected in (200, 302):
        sign_in(client, person)
        client.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert client.get("/account/").status_code == expected
        client.post(reverse("account_logout"))


def test_the_secret_is_kept_encrypted(client, person):
    sign_in(client, person)
    secret = set_up(client)

    stored = Authenticator.objects.get(type="totp")

    assert secret not in str(stored.data)
    assert TOTP(stored).instance == stored


@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "usersessions_list",
        "account_change_password",
        "account_reauthenticate",
        "account_logout",
        "account_email",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_deactivate_totp",
    ],
)
def test_every_page_of_the_account_is_ours_without_inline_script(client, person, name):
    sign_in(client, person)
    if name.startswith(("mfa_view", "mfa_generate", "mfa_deactivate")):
        set_up(client)

    page = client.get(reverse(name), follow=True)

    assert page.status_code == 200
    assert is_ours(page)


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_email_verification_sent",
        "account_inactive",
        "socialaccount_login_error",
        "socialaccount_login_cancelled",
    ],
)
def test_every_page_before_sign_in_is_ours_without_inline_script(client, db, name):
    page = client.get(reverse(name))

    assert page.status_code in (200, 401)
    assert is_ours(page)


def is_ours(page):
    text = page.content.decode()
    scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", text)
    return "nhsuk-template" in text and not scripts and " style=" not in text


def test_records_want_a_second_factor_of_the_last_hour(client, provider, settings):
    settings.REQUIRE_MFA = True
    person = make_person("record_viewer", provider)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    sign_in(client, person)
    set_up(client)
    records = reverse("viewer:records", kwargs={"code": "Z9A"})
    client.raise_request_exception = False

    assert "reauthenticate" not in client.get(records).get("Location", "")
    session = client.session
    session["account_authentication_methods"] = []
    session.save()

    assert client.get(records)["Location"].startswith(reverse("mfa_reauthenticate"))


def test_data_is_viewed_in_one_place_at_a_time(client, person):
    first, second = Client(), client
    sign_in(first, person)

    sign_in(second, person)

    assert first.get("/account/")["Location"].startswith("/accounts/login/")
    assert second.get("/account/")["Location"] == reverse("mfa_index")
