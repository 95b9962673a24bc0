from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.grants import grant, revoke
from portal.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]


def is_signed_in(client):
    return client.get("/account/").status_code == 200


def test_a_session_ends_after_a_quarter_of_an_hour_without_a_page(client, somebody):
    client.force_login(somebody())
    now = timezone.now()

    with time_machine.travel(now, tick=False) as clock:
        assert is_signed_in(client)
        clock.shift(timedelta(minutes=14))
        assert is_signed_in(client)
        clock.shift(timedelta(minutes=15))
        assert client.get("/account/")["Location"] == "/accounts/login/?ended=idle"
        assert not is_signed_in(client)


def test_a_session_ends_after_eight_hours_of_work(client, somebody):
    client.force_login(somebody())

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(8 * 6):
            assert is_signed_in(client)
            clock.shift(timedelta(minutes=10))
        assert not is_signed_in(client)


@pytest.mark.parametrize("how", ["revoked", "expired", "left", "provider left"])
def test_a_session_ends_when_a_grant_does(client, provider, somebody, how):
    person = somebody("submitter", provider)
    client.force_login(person)
    assert is_signed_in(client)

    held = person.grants.get()
    if how == "revoked":
        revoke(held, by=None, because="moved on")
    elif how == "expired":
        long_ago = timezone.now() - timedelta(days=1)
        person.grants.update(starts=long_ago - timedelta(days=1), ends=long_ago)
    elif how == "left":
        person.is_active = False
        person.save()
    else:
        provider.left_on = timezone.localdate()
        provider.save()

    assert not is_signed_in(client)
    ended = AuditEvent.objects.filter(event="session_ended", actor=f"person:{person.pk}")
    assert how == "left" or ended.first().facts["why"] == "grant"


def test_a_new_role_counts_at_once(client, provider, somebody):
    person = somebody()
    client.force_login(person)
    assert is_signed_in(client)

    grant(person, "submitter", provider=provider, by=None, reason="new")

    assert is_signed_in(client)
