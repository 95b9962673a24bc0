import json
import os
from base64 import b64encode

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from portal.models import AuditEvent
from pseudonymisation.__main__ import make_first_ring
from pseudonymisation.ceremonies import NotAKeeper, confirm, make_key, propose, states
from pseudonymisation.key_stores import load_ring, open_store
from pseudonymisation.keys import KeyFault, KeyState
from pseudonymisation.models import Ceremony
from pseudonymisation.witnessing import active_epoch

ACTIVATE, DESTROY = Ceremony.Act.ACTIVATE, Ceremony.Act.DESTROY


@pytest.fixture
def ring(settings, tmp_path, agem):
    settings.PSEUDONYM_KEYS_URL = (tmp_path / "keys.json").as_uri()
    make_first_ring(settings.PSEUDONYM_KEYS_URL)
    return lambda: load_ring(settings.PSEUDONYM_KEYS_URL)


@pytest.fixture
def anna(somebody):
    return somebody("administrator")


@pytest.fixture
def ben(somebody):
    return somebody("administrator")


def test_two_people_activate_a_key_and_the_old_one_retires(ring, anna, ben):
    epoch = make_key(anna)
    propose(ACTIVATE, epoch, by=anna, because="yearly")
    assert ring().active.epoch == 1

    confirm(ACTIVATE, epoch, by=ben)

    assert states() == {1: KeyState.RETIRED, 2: KeyState.ACTIVE}


def test_one_person_is_not_two(ring, anna, ben):
    epoch = make_key(anna)
    propose(ACTIVATE, epoch, by=anna, because="yearly")

    with pytest.raises(NotAKeeper):
        confirm(ACTIVATE, epoch, by=anna)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ceremony.objects.update(confirmed_by=anna, confirmed_at="2024-03-05T00:00Z")

    assert ring().active.epoch == 1


@pytest.mark.parametrize("role", [None, "collection_operator", "auditor"])
def test_nobody_else_touches_a_key(ring, somebody, role):
    person = somebody(role)

    with pytest.raises(NotAKeeper):
        make_key(person)
    with pytest.raises(NotAKeeper):
        propose(DESTROY, 1, by=person, because="why not")


def test_a_destroyed_key_is_gone(ring, settings, anna, ben):
    secret = b64encode(ring().keys[0].root.reveal()).decode()
    propose(ACTIVATE, make_key(anna), by=anna, because="yearly")
    confirm(ACTIVATE, 2, by=ben)
    propose(DESTROY, 1, by=ben, because="the period is over")
    confirm(DESTROY, 1, by=anna)

    assert states()[1] is KeyState.DESTROYED
    assert secret not in open_store(settings.PSEUDONYM_KEYS_URL).read()
    with pytest.raises(KeyFault, match="KEY_DESTROYED"):
        ring().key_set(1)


def test_the_active_key_is_not_proposed_for_destruction(ring, anna):
    with pytest.raises(KeyFault, match="KEY_NOT_DESTROYABLE"):
        propose(DESTROY, 1, by=anna, because="a slip")


def test_every_part_of_a_ceremony_is_in_the_trail_and_no_key(ring, anna, ben):
    propose(ACTIVATE, make_key(anna), by=anna, because="yearly")
    confirm(ACTIVATE, 2, by=ben)

    acts = [
        event.facts["act"]
        for event in AuditEvent.objects.filter(event="key_changed").order_by("pk")
    ]
    assert acts == ["make", "propose activate", "confirm activate"]
    secrets = [b64encode(key.root.reveal()).decode() for key in ring().keys]
    trail = json.dumps([str(vars(event)) for event in AuditEvent.objects.all()])
    assert not any(secret in trail for secret in secrets)


def test_a_wrong_key_stops_the_start(ring, settings, tmp_path, db):
    assert active_epoch(settings.PSEUDONYM_KEYS_URL) == 1
    assert faults() == []

    settings.PSEUDONYM_KEYS_URL = (tmp_path / "other.json").as_uri()
    assert faults() == ["pseudonymisation.E001"]
    make_first_ring(settings.PSEUDONYM_KEYS_URL)
    assert faults() == ["pseudonymisation.E001"]
    with pytest.raises(KeyFault, match="WRONG_KEY"):
        active_epoch(settings.PSEUDONYM_KEYS_URL)


def faults():
    found = run_checks(tags=["database"], databases=["default"])
    return [one.id for one in found if one.id.startswith("pseudonymisation")]


def test_the_commands_ask_two_people_in_turn(ring, anna, ben, monkeypatch, capsys):
    monkeypatch.setattr("pseudonymisation.management.keepers.getpass", lambda _: "correct horse")

    call_command("new_key", "--as", anna.email)
    with pytest.raises(CommandError, match="because"):
        call_command("activate_key", "2", "--as", anna.email)
    call_command("activate_key", "2", "--as", anna.email, "--because", "yearly")
    with pytest.raises(CommandError, match="second person"):
        call_command("activate_key", "2", "--as", anna.email)
    call_command("activate_key", "2", "--as", ben.email)

    assert states()[2] is KeyState.ACTIVE
    assert "must confirm" in capsys.readouterr().out


def test_a_wrong_password_is_nobody(ring, anna, monkeypatch):
    monkeypatch.setattr("pseudonymisation.management.keepers.getpass", lambda _: "wrong")

    with pytest.raises(CommandError, match="password"):
        call_command("new_key", "--as", anna.email)
    assert os.environ.get("PSEUDONYM_KEYS") is None
