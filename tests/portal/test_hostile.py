"""What somebody hostile would try at the door of either instance, and what they get."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.access import may
from portal.governing import accept_agreement, end_delegation, withdraw_agreement
from portal.models import Delegation, Organisation
from tests.people import make_person

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
INSTANCES = pytest.mark.parametrize("instance", ["agem", "national"])


def page_at(provider):
    return reverse("portal:access_log", kwargs={"code": provider.code})


@INSTANCES
def test_no_page_stands_in_a_frame(request, client, instance, somebody):
    request.getfixturevalue(instance)
    client.force_login(somebody("administrator"))

    for path in ("/account/", "/admin/", reverse("admin:portal_grant_add"), "/privacy/"):
        answer = client.get(path)
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@INSTANCES
@pytest.mark.parametrize("path", [LOGIN, "/account/", "/healthz", "/admin/"])
def test_a_foreign_host_gets_no_page(request, client, instance, path):
    request.getfixturevalue(instance)

    assert client.get(path, headers={"host": "evil.example"}).status_code == 400
    forwarded = client.get(path, headers={"x-forwarded-host": "evil.example"})
    assert "evil.example" not in forwarded.get("Location", "")


@INSTANCES
def test_a_link_to_choose_a_password_names_our_own_host(request, client, instance, somebody):
    request.getfixturevalue(instance)
    person = somebody()
    forged = {"x-forwarded-host": "evil.example"}

    client.post(reverse("account_reset_password"), {"email": person.email}, headers=forged)

    assert mail.outbox
    assert "evil.example" not in mail.outbox[0].body


@INSTANCES
def test_no_form_of_access_is_taken_from_another_site(request, instance, provider, somebody):
    request.getfixturevalue(instance)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(somebody("provider_approver", provider))
    held = somebody("provider_approver", provider).grants.get()
    places = {"code": "Z9A"}

    for name, more in (
        ("agree", {}),
        ("review", {}),
        ("delegate", {}),
        ("withdraw", {}),
        ("change_grant", {"number": held.pk}),
    ):
        path = reverse(f"portal:{name}", kwargs={**places, **more})
        assert strict.post(path, {}).status_code == 403
    assert strict.post(reverse("account_logout")).status_code == 403
    held.refresh_from_db()
    assert held.revoked_at is None


@INSTANCES
def test_accounts_are_told_apart_nowhere(request, client, instance, somebody):
    request.getfixturevalue(instance)
    person = somebody()

    def asked(name, address, **more):
        answer = client.post(reverse(name), {"email": address, **more})
        text = answer.content.decode().replace(address, "ADDRESS")
        return answer.status_code, answer.get("Location"), len(text)

    assert asked("account_reset_password", person.email) == asked(
        "account_reset_password", "nobody@example.org"
    )
    chosen = {"password1": "a long new password", "password2": "a long new password"}
    known = asked("account_signup", person.email, **chosen)
    client.logout()
    assert known == asked("account_signup", "somebody.new@example.org", **chosen)


@pytest.mark.parametrize("name", ["account_logout", "account_reauthenticate"])
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_no_form_leads_elsewhere(agem, client, somebody, name, target):
    client.force_login(somebody())

    answer = client.post(reverse(name), {"password": "correct horse", "next": target})

    assert "evil" not in answer.get("Location", "")


@INSTANCES
def test_an_agreement_that_ends_shuts_the_next_page(request, client, instance, provider, somebody):
    request.getfixturevalue(instance)
    role = "submitter" if instance == "agem" else "aggregate_viewer"
    client.force_login(somebody(role, provider))
    approver = somebody("provider_approver", provider)
    assert client.get(page_at(provider)).status_code == 200

    withdraw_agreement(provider, by=approver, because="The pilot is over for us.")
    assert client.get(page_at(provider)).status_code == 404

    accept_agreement(provider, by=approver)
    assert client.get(page_at(provider)).status_code == 200


def test_a_delegation_that_ends_shuts_the_next_page(agem, client, provider):
    supplier = Organisation.objects.create(code="S1", name="Supplier", kind="supplier")
    today = timezone.localdate()
    held = Delegation.objects.create(
        provider=provider,
        supplier=supplier,
        starts=today - timedelta(days=1),
        ends=today,
        approved_by=make_person(),
    )
    person = make_person("supplier_submitter", supplier)
    client.force_login(person)
    assert client.get(page_at(provider)).status_code == 200

    end_delegation(held, by=make_person())

    assert client.get(page_at(provider)).status_code in (302, 404)
    assert not may(person, "submit_data", provider)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_delegation_counts_to_the_end_of_its_last_day(agem, provider, days):
    supplier = Organisation.objects.create(code="S1", name="Supplier", kind="supplier")
    last = timezone.localdate() + timedelta(days=days)
    Delegation.objects.create(
        provider=provider,
        supplier=supplier,
        starts=last - timedelta(days=9),
        ends=last,
        approved_by=make_person(),
    )

    person = make_person("supplier_submitter", supplier)

    assert may(person, "submit_data", provider) is (days >= 0)
