from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from portal.access import has_power, may, providers_of
from portal.grants import ForbiddenGrant, grant, revoke
from portal.memberships import synchronise
from portal.models import Agreement, Delegation, Grant, Organisation
from portal.roles import ROLES, Scope
from tests.people import make_provider

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]


def test_a_role_gives_its_permissions_at_its_provider_alone(provider, other_provider, somebody):
    person = somebody("submitter", provider)

    assert may(person, "submit_data", provider)
    assert not may(person, "approve_access", provider)
    assert not may(person, "submit_data", other_provider)


def test_a_stranger_has_no_provider(provider, somebody):
    assert not providers_of(somebody(), "view_submissions")
    assert not providers_of(AnonymousUser(), "view_submissions")


def test_nothing_is_submitted_or_seen_before_the_agreement(somebody):
    provider = make_provider("Z9C", agreed=False)
    submitter, approver = somebody("submitter", provider), somebody("provider_approver", provider)

    assert not may(submitter, "submit_data", provider)
    assert may(approver, "approve_access", provider)

    Agreement.objects.create(provider=provider, accepted_by=approver)
    assert may(submitter, "submit_data", provider)


def test_a_supplier_submits_for_the_providers_that_delegated(provider, other_provider, somebody):
    supplier = Organisation.objects.create(code="S1", name="Supplier", kind="supplier")
    today = timezone.localdate()
    Delegation.objects.create(
        provider=provider, supplier=supplier, starts=today, ends=today, approved_by=somebody()
    )

    person = somebody("supplier_submitter", supplier)

    assert list(providers_of(person, "submit_data")) == [provider]
    Delegation.objects.update(ended_at=timezone.now())
    synchronise(person)
    assert not providers_of(person, "submit_data")


def test_a_grant_that_is_revoked_or_over_gives_nothing(provider, somebody):
    person = somebody("submitter", provider)
    revoke(person.grants.get(), by=somebody(), because="moved on")
    assert not may(person, "submit_data", provider)

    again = grant(person, "submitter", provider=provider, by=None, reason="back")
    Grant.objects.filter(pk=again.pk).update(
        starts=timezone.now() - timedelta(days=2), ends=timezone.now() - timedelta(days=1)
    )
    assert synchronise() == 1
    assert not may(person, "submit_data", provider)


def test_an_analyst_sees_providers_that_join_later(national, somebody):
    analyst = somebody("national_analyst")

    assert may(analyst, "view_aggregates", make_provider("Z9D"))
    assert has_power(analyst, "view_overview")
    assert not may(analyst, "view_records", make_provider("Z9D"))


def test_nobody_approves_their_own_access(provider, somebody):
    person = somebody()

    with pytest.raises(ForbiddenGrant, match="own access"):
        grant(person, "submitter", provider=provider, by=person, reason="me")


def test_records_need_two_approvers(national, provider, somebody):
    with pytest.raises(ForbiddenGrant, match="2 approvers"):
        grant(somebody(), "record_viewer", provider=provider, by=somebody(), reason="waits")

    second = somebody()
    made = grant(
        somebody(), "record_viewer", provider=provider, by=somebody(), second=second, reason="waits"
    )
    assert may(made.person, "view_records", provider)


def test_nobody_both_submits_and_approves(provider, somebody):
    person = somebody("submitter", provider)

    with pytest.raises(ForbiddenGrant, match="both"):
        grant(person, "provider_approver", provider=provider, by=None, reason="both")


def test_a_role_stays_on_its_own_instance(provider, somebody):
    with pytest.raises(ForbiddenGrant, match="no such role"):
        grant(somebody(), "record_viewer", provider=provider, by=None, reason="wrong side")


@pytest.mark.parametrize("role", ROLES.values(), ids=list(ROLES))
def test_every_role_says_what_it_is_for(role):
    assert role.sentence.endswith(".")
    assert role.permissions or role.powers
    assert not (role.scope is Scope.EVERYWHERE and "view_records" in role.permissions)
