import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from portal.access import may
from portal.admin import site
from portal.administration import Register
from portal.audit import ForbiddenFact
from portal.models import (
    AuditEvent,
    Banner,
    CalendarException,
    Delegation,
    Grant,
    Organisation,
    Provider,
    User,
)
from pseudonymisation.key_stores import load_ring
from pseudonymisation.models import KeyWitness
from pseudonymisation.witnessing import active_epoch
from submissions.credentials import find_by_key, new_key
from submissions.models import Credential
from tests.people import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]
LISTS = list(site._registry)


def address(model, page):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


@pytest.fixture
def administrator(client, somebody):
    made = somebody("administrator")
    client.force_login(made)
    return made


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_an_administrator_opens_every_list_and_form(client, administrator, provider, model):
    assert client.get(address(model, "changelist")).status_code == 200
    may_add = site._registry[model].may_be_added
    assert client.get(address(model, "add")).status_code == (200 if may_add else 403)
    assert client.get(address(model, "changelist"), {"q": "z"}).status_code == 200


def test_for_others_there_is_no_admin(client, provider, somebody):
    for role in ("submitter", "provider_approver"):
        client.force_login(somebody(role, provider))
        assert client.get("/admin/", follow=True).status_code == 404
        assert client.get("/admin/portal/grant/", follow=True).status_code == 404


def test_no_submission_finding_or_record_is_registered():
    kinds = {model._meta.label for model in site._registry}

    assert {kind for kind in kinds if not kind.startswith("portal.")} == {
        "submissions.Credential",
        "pseudonymisation.KeyWitness",
        "pseudonymisation.Ceremony",
    }
    assert "portal.AuditEvent" not in kinds


def test_nothing_is_exported_or_deleted(rf, administrator):
    request = rf.get("/admin/")
    request.user = administrator
    for register in site._registry.values():
        actions = set(register.get_actions(request))
        assert actions <= {"renew", "take_away", "let_leave", "end", "take_back"}
        assert not register.has_delete_permission(request)


WRITABLE = {
    Organisation: {"code": "S9", "name": "Supplier", "kind": "supplier"},
    Provider: {"code": "Z9C", "name": "Demo", "provider_type": "CHT"},
    User: {"email": "new@example.org", "name": "New Person"},
    Grant: {"role": "submitter", "provider": "Z9A", "reason": "joined"},
    Delegation: {
        "provider": "Z9A",
        "supplier": "S1",
        "starts": "2024-03-01",
        "ends": "2034-03-01",
    },
    Banner: {"text": "Closed on Friday.", "starts_0": "2024-03-01", "starts_1": "10:00"},
    CalendarException: {"day": "2024-03-29", "reason": "Good Friday"},
}


def filled(model):
    """What an administrator writes into the form of a kind."""
    Organisation.objects.get_or_create(code="S1", name="Supplier", kind="supplier")
    if model is Grant:
        return {**WRITABLE[Grant], "person": make_person().pk}
    return WRITABLE[model]


def test_every_kind_that_can_be_written_is_tried_below():
    can_be = {model for model, one in site._registry.items() if one.may_be_added}

    assert can_be == set(WRITABLE)
    assert {model for model, one in site._registry.items() if one.may_be_changed} < can_be


@pytest.mark.parametrize("model", WRITABLE, ids=lambda model: model.__name__)
def test_what_is_written_has_its_event_in_the_same_transaction(
    client, administrator, provider, model
):
    written, before = filled(model), model.objects.count()
    newest = AuditEvent.objects.first().id

    assert client.post(address(model, "add"), written).status_code == 302

    assert model.objects.count() == before + 1
    events = AuditEvent.objects.filter(id__gt=newest)
    assert [event.actor for event in events] == [f"person:{administrator.pk}"]


@pytest.mark.parametrize("model", WRITABLE, ids=lambda model: model.__name__)
def test_what_cannot_be_written_down_is_not_done(
    client, administrator, provider, model, monkeypatch
):
    written, before = filled(model), model.objects.count()
    monkeypatch.setattr("portal.audit.record", refuse)
    client.raise_request_exception = False

    with transaction.atomic():
        assert client.post(address(model, "add"), written).status_code == 500

    assert model.objects.count() == before


def refuse(*_, **__):
    raise ForbiddenFact


def test_a_kind_without_a_function_of_its_own_writes_nothing(rf):
    class Silent(Register):
        """A kind that nobody thought about."""

    with pytest.raises(PermissionDenied):
        Silent(Banner, site).save_model(rf.post("/"), Banner(text="x"), None, change=False)


def test_the_history_shows_who_did_what_and_what_changed(client, administrator, provider):
    change = reverse("admin:portal_provider_change", args=["Z9A"])
    client.post(change, {"name": "Renamed", "provider_type": "CHT"})

    page = client.get(reverse("admin:portal_provider_history", args=["Z9A"])).content.decode()

    assert "An organisation or provider was added or changed." in page
    assert administrator.email in page
    assert "<td>Demo provider Z9A</td><td>Renamed</td>" in page


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_every_kind_has_a_history_or_says_that_it_does_not_change(rf, administrator, model):
    register = site._registry[model]

    assert register.tells
    assert register.trail(model(pk=None))


def test_a_key_is_seen_by_its_prefix_and_taken_back_as_on_its_page(client, administrator, provider):
    made, text = new_key("Z9A", by=f"person:{administrator.pk}")
    page = client.get(address(Credential, "changelist")).content.decode()
    detail = reverse("admin:submissions_credential_change", args=[made.pk])
    shown = client.get(detail).content.decode()

    assert f"csds_{made.pk}" in page
    for secret in (text, made.digest):
        assert secret not in page + shown
    assert client.post(detail, {"name": "changed"}).status_code == 403

    act = {"action": "take_back", "_selected_action": [made.pk]}
    client.post(address(Credential, "changelist"), act)
    assert find_by_key(text) is None
    assert AuditEvent.objects.first().event == "credential_revoked"


def test_epochs_are_seen_with_their_states_and_without_a_key(client, administrator, settings):
    epoch = active_epoch(settings.PSEUDONYM_KEYS_URL)

    page = client.get(address(KeyWitness, "changelist")).content.decode()

    assert f">{epoch}</a>" in page
    assert "Active" in page
    for key in load_ring(settings.PSEUDONYM_KEYS_URL, {}).keys:
        assert key.root.reveal().hex() not in page


def test_epochs_are_listed_when_the_key_store_does_not_answer(client, administrator, settings):
    active_epoch(settings.PSEUDONYM_KEYS_URL)
    settings.PSEUDONYM_KEYS_URL = "file:///nonexistent/keys.json"

    answer = client.get(address(KeyWitness, "changelist"))

    assert "Not known" in answer.content.decode()


@pytest.mark.parametrize("page", ["logout", "password_change"])
def test_signing_out_and_passwords_have_no_second_door(client, administrator, page):
    assert client.get(reverse(f"admin:{page}"))["Location"].startswith("/accounts/")


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
