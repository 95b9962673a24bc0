"""Passkeys in a browser: made, signed in with, confirmed with and removed."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse

from portal.models import AuditEvent
from tests.people import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
IN_THE_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def person(settings):
    settings.REQUIRE_MFA = True
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # the test's server is plain, on loopback
    made = make_person(name="Amara Okafor")
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made


def device(page):
    """Give the browser an authenticator of its own."""
    speaking = page.context.new_cdp_session(page)
    speaking.send("WebAuthn.enable")
    speaking.send("WebAuthn.addVirtualAuthenticator", {"options": IN_THE_DEVICE})


def sign_in_with_password(seen, person):
    page = seen.open("/accounts/login/")
    page.fill("[name=login]", person.email)
    page.fill("[name=password]", "correct horse")
    page.click("main form button.nhsuk-button >> nth=0")
    page.wait_for_url("**" + reverse("mfa_index"))


@pytest.mark.parametrize("instance", ["agem", "national"])
def test_a_passkey_is_made_signed_in_with_and_removed(request, instance, window, person):
    request.getfixturevalue(instance)
    seen = window()
    page = seen.page
    page.set_default_timeout(10_000)
    device(page)
    sign_in_with_password(seen, person)

    page.goto(seen.address + reverse("mfa_add_webauthn"))
    page.fill("[name=password]", "correct horse")  # asked for before factors are changed
    page.click("main form button")
    page.fill("[name=name]", "Laptop")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "webauthn/add" not in url)
    assert Authenticator.objects.filter(user=person, type="webauthn").count() == 1
    page.goto(seen.address + reverse("portal:account"))
    assert "Laptop" in page.goto(seen.address + reverse("mfa_list_webauthn")).text()

    page.context.clear_cookies()
    page.goto(seen.address + "/accounts/login/?next=/account/")
    page.click("text=Sign in with a passkey")
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url("**/account/")
    assert page.goto(seen.address + reverse("portal:account")).status == 200

    key = Authenticator.objects.get(user=person, type="webauthn")
    removal = reverse("mfa_remove_webauthn", args=[key.pk])
    page.goto(seen.address + reverse("mfa_reauthenticate_webauthn") + f"?next={removal}")
    page.click("#mfa_webauthn_reauthenticate")
    page.wait_for_url(f"**{removal}")
    with page.expect_navigation():
        page.click("main form button")
    assert not Authenticator.objects.filter(user=person, type="webauthn").exists()
    assert AuditEvent.objects.filter(event="second_factor_changed").count() >= 2
    assert seen.complaints == []
