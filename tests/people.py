"""Providers and people with roles, for every room's tests."""

import pytest
from django.utils import timezone

from portal.grants import grant
from portal.models import Agreement, Provider, User
from portal.roles import ROLES, Scope


@pytest.fixture
def provider(db):
    """A provider that has accepted the agreement."""
    return make_provider("Z9A")


@pytest.fixture
def other_provider(db):
    """A second provider, foreign to the first one's people."""
    return make_provider("Z9B")


@pytest.fixture
def somebody(db):
    """Make a person in a role: `somebody("submitter", provider)`, or in none: `somebody()`."""
    return make_person


def make_provider(code, *, agreed=True):
    provider, _ = Provider.objects.get_or_create(
        code=code, defaults={"name": f"Demo provider {code}", "opted_in_on": "2023-10-01"}
    )
    if agreed and not provider.has_agreed:
        manager, _ = User.objects.get_or_create(email=f"agreed.{code.lower()}@example.org")
        Agreement.objects.create(provider=provider, accepted_by=manager)
    return provider


def make_person(role=None, at=None, **extra):
    number = User.objects.count()
    person = User.objects.create_user(
        f"person{number}.{timezone.now():%f}@example.org", "correct horse", **extra
    )
    if role:
        place = {} if at is None else {"provider": at}
        if ROLES[role].scope is Scope.ORGANISATION:
            place = {"organisation": at}
        grant(person, role, by=None, reason="for a test", **place)
    return person
