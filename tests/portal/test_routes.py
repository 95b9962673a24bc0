import re
from pathlib import Path

import pytest
from django.utils import timezone

from portal.models import AuditEvent, Delegation, Organisation
from portal.roles import ROLES, Scope
from portal.routes import events_table, may_open, routes, table
from tests.people import make_person

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "access.md"
FILL = {"number": "1", "int": "1", "uuid": "00000000-0000-0000-0000-000000000000"}
ADMIN = "administrator"
SIGN_IN_OF_THE_ADMINISTRATION = {"admin:login", "admin:logout", "admin:password_change"}
CASES = [
    (instance, role)
    for instance in ("agem", "national")
    for role in ROLES
    if instance in ROLES[role].instances
]


def address(route, code):
    def fill(match):
        kind, _, name = match[1].rpartition(":")
        return code if name == "code" else FILL.get(kind, "x")

    return "/" + re.sub("<([^>]+)>", fill, route.pattern)


def is_refused(client, path):
    newest = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    answer = client.get(path)
    if answer.status_code == 405:
        answer = client.post(path)
    assert "/accounts/login/" not in answer.get("Location", "")
    return AuditEvent.objects.filter(id__gt=newest, event="refused").exists()


def place_of(role, provider):
    if ROLES[role].scope is Scope.PROVIDER:
        return provider
    if ROLES[role].scope is Scope.EVERYWHERE:
        return None
    organisation = Organisation.objects.create(code="S1", name="Organisation", kind="supplier")
    today = timezone.localdate()
    Delegation.objects.create(
        provider=provider,
        supplier=organisation,
        starts=today,
        ends=today,
        approved_by=make_person(),
    )
    provider.icb = organisation
    provider.save()
    return organisation


@pytest.mark.parametrize(("instance", "name"), CASES)
def test_every_page_answers_every_role_as_written(
    request, client, settings, provider, other_provider, instance, name
):
    request.getfixturevalue(instance)
    settings.ICB_VIEWERS = True
    role = ROLES[name]
    client.force_login(make_person(name, place_of(name, provider)))
    client.raise_request_exception = False

    for route in routes(instance):
        if not route.asks_for or route.pattern.startswith("admin/"):
            continue
        allowed = may_open(role, route)
        assert is_refused(client, address(route, "Z9A")) is not allowed, route
        if allowed and route.is_of_a_provider:
            foreign = role.scope is not Scope.EVERYWHERE
            assert is_refused(client, address(route, "Z9B")) is foreign, route


@pytest.mark.parametrize("instance", ["agem", "national"])
def test_pages_without_a_permission_are_few_and_named(instance):
    free = {r.name for r in routes(instance) if not r.is_public and not r.asks_for}

    assert {name for name in free if name.startswith(("viewer:", "submissions:"))} <= {
        "viewer:cannot_prevent",
        "submissions:api",
    }
    assert {name for name in free if name.startswith("portal:")} == {
        "portal:home",
        "portal:account",
        "portal:request_access",
        "portal:waiting",
        "portal:decision",
    }


@pytest.mark.parametrize("instance", ["agem", "national"])
def test_a_stranger_is_sent_to_sign_in_everywhere(request, client, instance):
    request.getfixturevalue(instance)

    for route in routes(instance):
        if not route.is_public:
            answer = client.get(address(route, "Z9A"))
            assert answer.status_code in (301, 302, 405), route
            assert answer.status_code == 405 or "login" in answer["Location"] or route.asks_for


def test_the_kinds_of_event_in_the_handbook_are_up_to_date():
    page = PAGE.with_name("audit-events.md")

    assert page.read_text(encoding="utf-8") == events_table(), "run manage.py draw_access --events"


def test_the_table_in_the_handbook_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == table(), "run manage.py draw_access"


@pytest.mark.parametrize(("instance", "name"), [case for case in CASES if case[1] != ADMIN])
def test_the_administration_is_there_for_administrators_alone(
    request, client, settings, provider, instance, name
):
    request.getfixturevalue(instance)
    settings.ICB_VIEWERS = True
    client.force_login(make_person(name, place_of(name, provider)))

    for route in routes(instance):
        if route.pattern.startswith("admin/") and route.name not in SIGN_IN_OF_THE_ADMINISTRATION:
            answer = client.get(address(route, "Z9A"))
            if answer.status_code == 302:
                answer = client.get(answer["Location"])
            assert answer.status_code == 404, route
