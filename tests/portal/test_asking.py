from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from portal.access import may
from portal.asking import ForbiddenDecision, ask, decide, waiting_for
from portal.grants import ForbiddenGrant, revoke
from portal.memberships import memberships
from portal.models import AuditEvent, Grant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("national")]


def test_a_request_waits_for_the_providers_approver_and_nobody_else(
    provider, other_provider, somebody
):
    approver = somebody("provider_approver", provider)
    foreigner = somebody("provider_approver", other_provider)
    request = ask(somebody(), "aggregate_viewer", provider=provider, reason="waiting lists")

    assert list(waiting_for(approver)) == [request]
    assert not waiting_for(foreigner)
    with pytest.raises(ForbiddenDecision):
        decide(request, by=foreigner, approve=True)


def test_one_approval_is_enough_for_aggregates(provider, somebody):
    person = somebody()
    request = ask(person, "aggregate_viewer", provider=provider, reason="waiting lists")

    decide(request, by=somebody("provider_approver", provider), approve=True)

    assert may(person, "view_aggregates", provider)


def test_records_need_two_people(provider, somebody):
    person = somebody()
    request = ask(person, "record_viewer", provider=provider, reason="waiting lists")
    first, second = somebody("provider_approver", provider), somebody("administrator")

    decide(request, by=first, approve=True)
    assert not may(person, "view_records", provider)
    with pytest.raises(ForbiddenDecision, match="somebody else"):
        decide(request, by=first, approve=True)
    decide(request, by=second, approve=True)

    assert may(person, "view_records", provider)


def test_an_approver_may_give_less_than_was_asked_for(provider, somebody):
    person = somebody()
    request = ask(person, "record_viewer", provider=provider, reason="waiting lists")

    decide(request, by=somebody("provider_approver", provider), approve=True, instead=True)

    assert may(person, "view_aggregates", provider)
    assert not may(person, "view_records", provider)


def test_nobody_decides_about_themselves(provider, somebody):
    person = somebody("provider_approver", provider)
    request = ask(person, "aggregate_viewer", provider=provider, reason="me too")

    assert not waiting_for(person)
    with pytest.raises(ForbiddenDecision, match="their own"):
        decide(request, by=person, approve=True)


def test_a_refusal_ends_a_request(provider, somebody):
    person, approver = somebody(), somebody("provider_approver", provider)
    request = ask(person, "aggregate_viewer", provider=provider, reason="waiting lists")

    decide(request, by=approver, approve=False)

    assert not may(person, "view_aggregates", provider)
    with pytest.raises(ForbiddenDecision, match="already"):
        decide(request, by=approver, approve=True)


def test_asking_twice_is_asking_once(provider, somebody):
    person = somebody()

    first = ask(person, "aggregate_viewer", provider=provider, reason="waiting lists")

    assert ask(person, "aggregate_viewer", provider=provider, reason="again") == first


def test_emergency_access_cannot_be_asked_for(agem, provider, somebody):
    with pytest.raises(ForbiddenGrant):
        ask(somebody(), "emergency_operator", provider=provider, reason="please")


def test_a_person_asks_and_an_approver_decides_on_the_pages(client, provider, somebody):
    person, approver = somebody(), somebody("provider_approver", provider)
    client.force_login(person)
    client.post(
        reverse("portal:request_access"),
        {"role": "aggregate_viewer", "provider": "Z9A", "reason": "waiting lists"},
    )
    asked = person.requests.get()
    page = reverse("portal:decision", kwargs={"number": asked.pk})
    assert client.get(page).status_code == 404

    client.force_login(approver)
    assert str(asked) in client.get(reverse("portal:waiting")).content.decode()
    assert client.get(page).status_code == 200
    answer = client.post(page, {"decision": "approve", "note": "known to us"})

    assert answer.status_code == 302
    assert may(person, "view_aggregates", provider)
    assert AuditEvent.objects.filter(event="access_approved", provider="Z9A").exists()


def test_a_reason_does_not_hold_an_nhs_number(client, provider, somebody):
    client.force_login(somebody())

    answer = client.post(
        reverse("portal:request_access"),
        {"role": "aggregate_viewer", "provider": "Z9A", "reason": "about 943 476 5919"},
    )

    assert "Leave out anything" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_approving_and_revoking_at_once_leaves_no_access_behind(provider, somebody):
    approver, person = somebody("provider_approver", provider), somebody()
    for _ in range(5):
        request = ask(person, "aggregate_viewer", provider=provider, reason="waiting lists")
        with ThreadPoolExecutor(2) as pool:
            approving = pool.submit(apart, decide, request, by=approver, approve=True)
            revoking = pool.submit(apart, revoke_all, person, approver)
            approving.result()
            revoking.result()
        revoke_all(person, approver)

        assert not memberships([person])[person.pk]
        assert not person.groups.exists()
        assert not may(person, "view_aggregates", provider)


def revoke_all(person, by):
    for held in Grant.objects.filter(person=person, revoked_at=None):
        revoke(held, by=by, because="moved on")


def apart(act, *args, **kwargs):
    try:
        act(*args, **kwargs)
    finally:
        connection.close()
