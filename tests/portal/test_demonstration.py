import pytest
from django.core.management import CommandError, call_command

from portal.access import may
from portal.demonstration import seed
from portal.models import AuditEvent, Grant, Provider, User
from portal.roles import roles_here

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("instance", ["agem", "national"])
def test_there_is_somebody_in_every_role(instance, request):
    request.getfixturevalue(instance)

    seeded = seed("a long password")

    held = {person.role.name for person in seeded}
    assert held == {role.name for role in roles_here() if role.name != "emergency_operator"}


def test_seeding_twice_makes_nothing_twice(agem):
    first = seed("a long password")
    events, grants = AuditEvent.objects.count(), Grant.objects.count()

    assert seed("a long password") == first
    assert (AuditEvent.objects.count(), Grant.objects.count()) == (events, grants)


def test_the_made_up_submitter_may_submit(agem):
    seed("a long password")

    submitter = User.objects.get(email="submitter.z9a@example.org")
    supplier = User.objects.get(email="supplier@example.org")
    assert submitter.check_password("a long password")
    assert may(submitter, "submit_data", Provider.objects.get(code="Z9A"))
    assert may(supplier, "submit_data", Provider.objects.get(code="Z9B"))
    assert not may(supplier, "submit_data", Provider.objects.get(code="Z9A"))


def test_nobody_is_made_up_in_production(agem):
    with pytest.raises(CommandError):
        call_command("seed_demo")
