import time

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from portal.access import may, providers_of
from portal.memberships import synchronise, synchronise_roles
from portal.models import Agreement, Grant, Provider, User
from portal.models.access import default_end

PROVIDERS, PEOPLE = 400, 5_000


@pytest.fixture
def everybody(db, agem):
    """400 providers that have agreed, and 5,000 people with a role at one of them each."""
    made = [
        Provider(code=f"P{number:03}", name=f"Provider {number}") for number in range(PROVIDERS)
    ]
    Provider.objects.bulk_create(made)
    people = [User(email=f"person{number}@example.org") for number in range(PEOPLE)]
    people = User.objects.bulk_create(people)
    Agreement.objects.bulk_create(Agreement(provider=one, accepted_by=people[0]) for one in made)
    Grant.objects.bulk_create(
        Grant(
            person=person,
            role="submitter",
            provider=made[number % PROVIDERS],
            starts=timezone.now(),
            ends=default_end(),
            reason="load",
        )
        for number, person in enumerate(people)
    )
    names = {f"submitter:{provider.code}" for provider in made}
    Group.objects.bulk_create(Group(name=name) for name in names)
    groups = {group.name: group.pk for group in Group.objects.filter(name__in=names)}
    through = User.groups.through
    through.objects.bulk_create(
        through(user_id=person.pk, group_id=groups[f"submitter:P{number % PROVIDERS:03}"])
        for number, person in enumerate(people)
    )
    return people


@pytest.mark.long
def test_a_permission_is_answered_in_milliseconds_among_thousands(
    everybody, django_assert_max_num_queries
):
    synchronise_roles()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself
    person = everybody[17]
    provider = Provider.objects.get(code="P017")

    assert may(person, "submit_data", provider)
    with django_assert_max_num_queries(1):
        may(person, "submit_data", provider)
    with django_assert_max_num_queries(1):
        list(providers_of(person, "submit_data"))
    answered = timed(lambda: may(person, "submit_data", provider))
    listed = timed(lambda: list(providers_of(person, "submit_data")))
    print(f"answered in {answered * 1000:.1f} ms, listed in {listed * 1000:.1f} ms")  # noqa: T201
    assert answered < 0.005
    assert listed < 0.010
    assert synchronise(person) == 0


def timed(act):
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return min(taken)
