import io
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from portal.audit import Event, record
from portal.audit_checkpoints import write_checkpoint
from portal.models import AuditCheckpoint, AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outside(settings, tmp_path):
    """An empty place for the copies outside of the database."""
    settings.CHECKPOINTS_URL = (tmp_path / "checkpoints").as_uri()
    return tmp_path / "checkpoints" / settings.PORTAL_INSTANCE


@pytest.fixture
def watched():
    """A trail of nine events with a checkpoint after each third, an hour apart."""
    begun = timezone.now()
    execute("TRUNCATE portal_auditcheckpoint")
    for hour in range(3):
        for row in range(3):
            record(Event.SENT, actor="worker", hour=hour, row=row)
        write_checkpoint(now=begun + timedelta(hours=hour))
    return AuditEvent.objects.first().id


@pytest.fixture(autouse=True)
def unguarded(db):
    """What a superuser can do and no role of the product: the triggers are off."""
    for table in ("portal_auditevent", "portal_auditcheckpoint"):
        execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse")


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def faults():
    """What `manage.py verify_audit` says is broken."""
    said = io.StringIO()
    try:
        call_command("verify_audit", stdout=io.StringIO(), stderr=said)
    except CommandError:
        return said.getvalue().splitlines()
    return []


def cut(number):
    """Remove the end of the trail as somebody would who knows how the chain is made."""
    execute("DELETE FROM portal_auditevent WHERE id > %s", number)
    execute(
        "UPDATE portal_audithead SET id = entry.id, digest = entry.digest"
        " FROM portal_auditevent entry WHERE entry.id = %s",
        number,
    )


def rechain(first):
    """Make the chain anew from an event on."""
    execute(
        """
        DO $$ DECLARE entry portal_auditevent; before bytea; BEGIN
            FOR entry IN SELECT * FROM portal_auditevent WHERE id >= %s ORDER BY id LOOP
                entry.previous := coalesce(before, entry.previous);
                before := portal_audit_digest(entry);
                UPDATE portal_auditevent SET previous = entry.previous, digest = before
                    WHERE id = entry.id;
            END LOOP;
            UPDATE portal_audithead SET digest = before;
        END $$
        """.replace("%s", str(first))
    )


def test_a_whole_trail_has_its_checkpoints_in_both_places(watched, outside):
    said = io.StringIO()

    call_command("verify_audit", stdout=said)

    assert "3 signed checkpoints in both places" in said.getvalue()
    assert len(list(outside.iterdir())) == AuditCheckpoint.objects.count() == 3


def test_a_checkpoint_is_written_once_an_hour(watched):
    last = AuditCheckpoint.objects.first().at

    assert write_checkpoint(now=last + timedelta(minutes=59)) is None
    assert write_checkpoint(now=last + timedelta(minutes=60)).checkpoint.number == 4


def test_without_the_copy_outside_there_is_no_checkpoint(watched, settings, tmp_path):
    (tmp_path / "full").write_text("not a folder")
    settings.CHECKPOINTS_URL = (tmp_path / "full").as_uri()

    with pytest.raises(OSError, match="full"):
        write_checkpoint(now=timezone.now() + timedelta(hours=9))

    assert AuditCheckpoint.objects.count() == 3


def test_a_changed_event_is_named(watched):
    execute("UPDATE portal_auditevent SET actor = 'nobody' WHERE id = %s", watched - 4)

    assert faults() == [f"Event {watched - 4} has been changed."]


def test_removed_events_are_named(watched):
    execute("DELETE FROM portal_auditevent WHERE id IN (%s, %s)", watched - 4, watched - 5)

    assert faults()[0] == (
        f"Events {watched - 5} to {watched - 4} have been removed before event {watched - 3}."
    )


def test_a_trail_cut_at_its_end_with_its_head_mended_is_found_by_the_checkpoints(watched):
    cut(watched - 2)

    (fault,) = faults()

    assert fault.startswith(f"Events {watched - 1} to {watched} have been removed: checkpoint 3 of")


def test_a_trail_cut_with_its_checkpoints_is_found_by_the_copies_outside(watched):
    cut(watched - 4)
    execute("DELETE FROM portal_auditcheckpoint WHERE number > 1")

    found = faults()

    assert [re.sub(r" of [\d. :]+ has", " has", fault) for fault in found[:2]] == [
        "Checkpoint 2 has been removed from the database.",
        "Checkpoint 3 has been removed from the database.",
    ]
    assert found[2].startswith(f"Events {watched - 3} to {watched} have been removed: checkpoint 3")


def test_a_trail_rewritten_and_chained_anew_is_found_between_two_checkpoints(watched):
    execute("UPDATE portal_auditevent SET actor = 'nobody' WHERE id = %s", watched - 4)
    rechain(watched - 4)

    (fault,) = faults()

    assert fault.startswith(
        f"The trail has been rewritten between events {watched - 5} and {watched - 3}: "
        "it does not fit checkpoint 2 of"
    )


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("DELETE FROM portal_auditcheckpoint WHERE number = 2", "removed from the database."),
        ("UPDATE portal_auditcheckpoint SET events = 1 WHERE number = 2", "differ."),
        ("UPDATE portal_auditcheckpoint SET signature = 'x' WHERE number = 2", "differ."),
    ],
)
def test_a_checkpoint_tampered_with_in_the_database_is_named(watched, tampering, found):
    execute(tampering)

    assert faults()[0].endswith(found)
    assert "heckpoint 2" in faults()[0]


def test_a_checkpoint_tampered_with_outside_is_named(watched, outside):
    (outside / "000000002.json").unlink()
    (outside / "000000003.json").write_text("{}")

    assert [re.sub(r" of [\d. :]+ ", " ", fault) for fault in faults()] == [
        "Checkpoint 2 has been removed from outside the database.",
        "Checkpoint 3 cannot be read outside the database.",
    ]


def test_a_checkpoint_that_is_gone_from_both_places_is_named(watched, outside):
    (outside / "000000002.json").unlink()
    execute("DELETE FROM portal_auditcheckpoint WHERE number = 2")

    assert "Checkpoint 2 has been removed from the database and from outside." in faults()


def test_another_key_has_signed_nothing(watched, tmp_path):
    key = Ed25519PrivateKey.generate().public_key()
    path = tmp_path / "public.pem"
    path.write_bytes(
        key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    said = io.StringIO()

    with pytest.raises(CommandError, match="3 ways"):
        call_command("verify_audit", f"--key={path}", stderr=said)

    assert said.getvalue().count("is not signed by this instance") == 3


def test_a_trail_that_went_on_without_checkpoints_is_found(outside):
    execute("TRUNCATE portal_auditcheckpoint")
    record(Event.SENT, actor="worker")
    write_checkpoint(now=timezone.now() - timedelta(hours=3))
    record(Event.SENT, actor="worker")

    assert "the clock has stopped" in faults()[0]


@pytest.mark.parametrize("role", ["agem_portal", "national_receiver"])
def test_the_workers_may_write_checkpoints_and_not_change_them(role, as_role, watched):
    with as_role(role):
        assert write_checkpoint(now=timezone.now() + timedelta(hours=9))
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            execute("DELETE FROM portal_auditcheckpoint")


def test_the_copies_lie_below_the_instances_name(watched, settings):
    root = Path(urlsplit(settings.CHECKPOINTS_URL).path)

    assert [path.name for path in root.iterdir()] == [settings.PORTAL_INSTANCE]
