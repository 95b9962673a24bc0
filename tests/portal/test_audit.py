import pytest
from django.db import DatabaseError, connection, transaction

from portal import audit
from portal.audit import SENTENCES, Event, ForbiddenFact, record
from portal.models import AuditEvent
from portal.verifying import verify_chain

pytestmark = pytest.mark.django_db


def test_every_kind_of_event_has_a_sentence():
    assert set(SENTENCES) == set(Event)


def test_an_event_is_numbered_dated_and_chained_by_the_database(provider, somebody):
    person = somebody(name="Amara Okafor")

    record(Event.SIGNED_IN, actor=person)
    record(Event.VIEWED_RECORDS, actor=person, provider=provider, rows=50, page=1)

    second, first = AuditEvent.objects.all()[:2]
    assert second.id == first.id + 1
    assert bytes(second.previous) == bytes(first.digest)
    assert (second.actor, second.actor_name) == (f"person:{person.pk}", "Amara Okafor")
    assert second.facts == {"rows": 50, "page": 1}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE portal_auditevent SET actor = 'nobody'",
        "DELETE FROM portal_auditevent",
        "TRUNCATE portal_auditevent",
    ],
)
def test_the_trail_only_grows(change):
    record(Event.SENT, actor="worker")

    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        execute(change)


@pytest.mark.parametrize("role", ["agem_portal", "national_portal", "national_receiver"])
def test_no_login_role_may_change_the_trail_or_its_head(role, as_role):
    with as_role(role):
        record(Event.SENT, actor="worker")
        for change in (
            "UPDATE portal_auditevent SET actor = 'nobody'",
            "DELETE FROM portal_auditevent",
            "UPDATE portal_audithead SET id = 0",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                execute(change)


def test_the_chain_is_whole():
    record(Event.SENT, actor="worker")

    assert verify_chain().is_sound


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE portal_auditevent SET actor = 'nobody' WHERE id = {}",
        "UPDATE portal_auditevent SET facts = '{{\"rows\": 2}}' WHERE id = {}",
        "UPDATE portal_auditevent SET at = at + interval '1 microsecond' WHERE id = {}",
        "DELETE FROM portal_auditevent WHERE id = {} - 1",
    ],
)
def test_a_superuser_who_tampers_is_found_at_the_row(tampering):
    record(Event.SENT, actor="worker", rows=1)
    record(Event.SENT, actor="worker", rows=1)
    middle = AuditEvent.objects.first().id
    record(Event.SENT, actor="worker", rows=1)
    execute("ALTER TABLE portal_auditevent DISABLE TRIGGER refuse")

    execute(tampering.format(middle))

    assert verify_chain().broken_at == middle


def test_a_trail_cut_short_is_found():
    record(Event.SENT, actor="worker")
    execute("ALTER TABLE portal_auditevent DISABLE TRIGGER refuse")

    execute("DELETE FROM portal_auditevent WHERE id = (SELECT max(id) FROM portal_auditevent)")

    assert not verify_chain().ends_well


@pytest.mark.parametrize("fact", ["943 476 5919", "9434765919", "943-476-5919", "x" * 501])
def test_nothing_shaped_like_an_identifier_enters_the_trail(fact):
    with pytest.raises(ForbiddenFact):
        record(Event.SENT, actor="worker", reason=fact)


def test_an_event_belongs_to_its_transaction():
    before = AuditEvent.objects.count()

    with transaction.atomic():
        record(audit.Event.SENT, actor="worker")
        transaction.set_rollback(True)

    assert AuditEvent.objects.count() == before


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
