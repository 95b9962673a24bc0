import pytest
from django.core import mail
from django.urls import reverse

from portal.access import may
from portal.admin import site
from portal.models import AuditEvent, Organisation, Provider, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]
LISTS = [model._meta.model_name for model in site._registry]


@pytest.fixture
def administrator(client, somebody):
    made = somebody("administrator")
    client.force_login(made)
    return made


@pytest.mark.parametrize("name", LISTS)
def test_an_administrator_opens_every_list_and_form(client, administrator, provider, name):
    assert client.get(reverse(f"admin:portal_{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:portal_{name}_add")).status_code in (200, 403)


def test_for_others_there_is_no_admin(client, provider, somebody):
    for role in ("submitter", "provider_approver"):
        client.force_login(somebody(role, provider))
        assert client.get("/admin/", follow=True).status_code == 404
        assert client.get("/admin/portal/grant/", follow=True).status_code == 404


def test_only_the_portals_own_kinds_are_registered():
    kinds = {model._meta.label for model in site._registry}

    assert {label.split(".")[0] for label in kinds} == {"portal"}
    assert "portal.AuditEvent" not in kinds


def test_nothing_is_exported_or_deleted(rf, administrator):
    request = rf.get("/admin/")
    request.user = administrator
    for register in site._registry.values():
        actions = set(register.get_actions(request))
        assert actions <= {"renew", "take_away", "let_leave", "end"}
        assert not register.has_delete_permission(request)


def test_a_provider_is_added_and_written_down(client, administrator):
    client.post(
        reverse("admin:portal_provider_add"),
        {"code": "Z9C", "name": "Demo", "provider_type": "CHT", "opted_in_on": "2024-03-01"},
    )

    assert Provider.objects.get(code="Z9C").name == "Demo"
    newest = AuditEvent.objects.first()
    assert (newest.event, newest.actor) == ("organisation_changed", f"person:{administrator.pk}")


def test_a_person_is_invited_and_given_a_role(
    client, administrator, provider, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            reverse("admin:portal_user_add"), {"email": "New@Example.org", "name": "New Person"}
        )
    person = User.objects.get(email="new@example.org")
    assert mail.outbox[0].to == ["new@example.org"]

    place = {"person": person.pk, "provider": "Z9A", "reason": "joined"}
    client.post(reverse("admin:portal_grant_add"), {**place, "role": "submitter"})
    assert may(person, "submit_data", provider)

    held = person.grants.get().pk
    act = {"action": "take_away", "_selected_action": [held]}
    client.post(reverse("admin:portal_grant_changelist"), act)
    assert not may(person, "submit_data", provider)


def test_an_administrator_cannot_make_another_alone(client, administrator, somebody):
    person = somebody()

    answer = client.post(
        reverse("admin:portal_grant_add"),
        {"person": person.pk, "role": "administrator", "reason": "friend"},
    )

    assert "needs 2 approvers" in answer.content.decode()
    assert not person.grants.exists()


def test_a_delegation_is_made_and_ended(client, administrator, provider):
    Organisation.objects.create(code="S1", name="Supplier", kind="supplier")
    day = {"starts": "2024-03-01", "ends": "2034-03-01"}

    client.post(
        reverse("admin:portal_delegation_add"), {"provider": "Z9A", "supplier": "S1", **day}
    )

    held = provider.delegations.get()
    act = {"action": "end", "_selected_action": [held.pk]}
    client.post(reverse("admin:portal_delegation_changelist"), act)
    held.refresh_from_db()
    assert held.ended_at
