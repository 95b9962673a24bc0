from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from portal import governing
from portal.access import is_open, may
from portal.asking import ForbiddenDecision
from portal.grants import ForbiddenGrant
from portal.models import AuditEvent, Organisation
from tests.people import make_provider

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]


def test_an_approver_renews_but_not_their_own(provider, somebody):
    approver = somebody("provider_approver", provider)
    held = somebody("submitter", provider).grants.get()
    held.ends = timezone.now() + timedelta(days=1)
    held.save()

    governing.renew(held, by=approver)

    held.refresh_from_db()
    assert held.ends > timezone.now() + timedelta(days=89)
    with pytest.raises(ForbiddenGrant):
        governing.renew(approver.grants.get(), by=approver)


def test_a_review_removes_whom_it_names_and_is_kept(provider, somebody):
    approver = somebody("provider_approver", provider)
    stays, goes = somebody("submitter", provider), somebody("submitter", provider)

    made = governing.review(provider, by=approver, remove={goes.grants.get().pk})

    assert (made.kept, made.removed) == (2, 1)
    assert may(stays, "submit_data", provider)
    assert not may(goes, "submit_data", provider)
    assert not governing.review_is_due(provider)


def test_emergency_access_lasts_three_hours_and_alarms_the_approvers(
    provider, somebody, django_capture_on_commit_callbacks
):
    approver, operator = somebody("provider_approver", provider), somebody("collection_operator")
    assert not may(operator, "view_submissions", provider)

    with django_capture_on_commit_callbacks(execute=True):
        made = governing.take_emergency_access(operator, provider, reason="queue is stuck")

    assert may(operator, "view_submissions", provider)
    assert made.grant.ends <= timezone.now() + timedelta(hours=3)
    assert [message.to for message in mail.outbox] == [[approver.email]]
    again = governing.take_emergency_access(operator, provider, reason="still stuck")
    assert again.pk != made.pk


def test_only_operators_take_emergency_access(provider, somebody):
    with pytest.raises(ForbiddenDecision):
        governing.take_emergency_access(somebody("auditor"), provider, reason="curious")


def test_a_person_who_leaves_leaves_nothing_behind(client, provider, somebody):
    person = somebody("submitter", provider)
    client.force_login(person)

    governing.leave(person, by=None)

    assert client.get("/account/").status_code == 302
    assert not person.groups.exists()
    person.refresh_from_db()
    assert not person.is_active


def test_a_supplier_cannot_approve_its_own_delegation(provider, somebody):
    supplier = Organisation.objects.create(code="S1", name="Supplier", kind="supplier")
    person, today = somebody("supplier_submitter", supplier), timezone.localdate()

    with pytest.raises(ForbiddenDecision):
        governing.delegate(provider, supplier, by=person, starts=today, ends=today)


def test_the_approver_opens_the_provider_and_governs_it_on_the_pages(client, somebody):
    provider = make_provider("Z9C", agreed=False)
    Organisation.objects.create(code="S1", name="Supplier", kind="supplier")
    client.force_login(somebody("provider_approver", provider))
    submitter = somebody("submitter", provider)
    held = submitter.grants.get()
    today = timezone.localdate()

    def at(name, **more):
        return reverse(f"portal:{name}", kwargs={"code": "Z9C", **more})

    assert "Accept the agreement" in client.get(at("access_requests")).content.decode()
    client.post(at("agree"))
    assert is_open(provider)
    client.post(at("delegate"), {"supplier": "S1", "starts": today, "ends": today})
    delegation = provider.delegations.get()
    client.post(at("end_delegation", number=delegation.pk))
    assert provider.delegations.filter(ended_at=None).count() == 0
    client.post(at("change_grant", number=held.pk), {"act": "renew"})
    for name in ("access_requests", "review", "access_log", "delegate"):
        assert client.get(at(name)).status_code == 200, name
    client.post(at("review"), {"remove": [held.pk]})
    assert not may(submitter, "submit_data", provider)


def test_the_auditor_sees_the_whole_trail_and_its_proof(client, provider, somebody):
    client.force_login(somebody("auditor"))

    page = client.get(reverse("portal:audit"), {"provider": "Z9A", "event": "granted"})

    assert "Chain verified" in page.content.decode()
    client.force_login(somebody("submitter", provider))
    assert client.get(reverse("portal:audit")).status_code == 404


def test_a_role_that_ends_in_a_fortnight_is_told_of_once(
    provider, somebody, django_capture_on_commit_callbacks
):
    approver, person = somebody("provider_approver", provider), somebody("submitter", provider)
    person.grants.update(ends=timezone.now() + timedelta(days=14))

    with django_capture_on_commit_callbacks(execute=True):
        call_command("tidy_access")

    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        [approver.email, person.email]
    )


def test_the_installation_makes_two_administrators_and_no_third():
    for number in range(2):
        call_command("make_administrator", f"first{number}@example.org", "First")

    with pytest.raises(CommandError, match="two administrators"):
        call_command("make_administrator", "third@example.org", "Third")


@pytest.mark.parametrize("name", ["accessibility", "privacy"])
def test_anybody_reads_what_the_portal_says_of_itself(client, name):
    assert client.get(reverse(f"portal:{name}")).status_code == 200


def test_an_approver_ends_the_agreement_on_its_page(client, provider, somebody):
    client.force_login(somebody("provider_approver", provider))
    page = reverse("portal:withdraw", kwargs={"code": "Z9A"})

    client.post(page, {"reason": "We leave the pilot."})

    assert not provider.has_agreed
    event = AuditEvent.objects.first()
    assert (event.event, event.facts["because"]) == ("agreement_withdrawn", "We leave the pilot.")
    overview = reverse("portal:access_requests", kwargs={"code": "Z9A"})
    assert "Accept the agreement" in client.get(overview).content.decode()


def test_an_approver_is_offered_nothing_about_their_own_role(client, provider, somebody):
    approver = somebody("provider_approver", provider)
    somebody("submitter", provider)
    client.force_login(approver)

    page = client.get(reverse("portal:access_requests", kwargs={"code": "Z9A"})).content.decode()

    assert page.count("Another approver decides") == 1
    assert page.count('value="remove"') == 1
