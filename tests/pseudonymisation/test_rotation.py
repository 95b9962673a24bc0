"""A change of keys: held, switched at once, no old pseudonym left; by hashing again or wrapping."""

import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.handover import acknowledgements, open_handover
from portal.manifests import TransferKind, read_verify_key, transfer_id
from portal.row_security import load_key
from portal.scope import provider_scope, ticket_key
from pseudonymisation.key_stores import load_ring, save_ring
from pseudonymisation.keys import with_active, with_new_key, without_key
from pseudonymisation.pseudonyms import pseudonyms
from pseudonymisation.rewrapping import rewrap
from pseudonymisation.sending import (
    send,
    send_erasure,
    send_new_names,
    send_question,
    send_rotation,
)
from tests.pseudonymisation.days import DATA_SET, HEADER, Door, day_of, frame_of
from viewer.models import RECORD_MODELS, Arrival, DisplayPseudonym, Slot
from viewer.receiving import receive_due

PEOPLE = 100_000
DAYS = {date(2024, 3, 5): uuid.UUID(int=5), date(2024, 3, 6): uuid.UUID(int=6)}
Patient = RECORD_MODELS["CYP001MPI"]


@pytest.fixture
def national_side(door, settings, transactional_db):
    """The national instance, listening to this door."""
    load_key(ticket_key())
    public = door.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (door.folder / "agem.pem").write_bytes(public)
    settings.AGEM_VERIFY_KEY_FILE = str(door.folder / "agem.pem")
    settings.HANDOVER_URL = door.handover_url
    return settings


def send_day(door: Door, day: date, epoch: int) -> uuid.UUID:
    submission = DAYS[day]
    sending = door.sending(
        submission=submission,
        transfer=transfer_id(submission, TransferKind.RECORDS, 1, epoch),
        period_start=day,
        period_end=day,
        key_epoch=epoch,
    )
    return send(replace(sending, report=None), day_of()).transfer


def send_switch(door: Door, transfers, epoch: int) -> uuid.UUID:
    return send_rotation(
        door.sending(
            transfer=transfer_id(uuid.UUID(int=1), TransferKind.ROTATION, 0, epoch),
            key_epoch=epoch,
        ),
        transfers,
    ).transfer


def new_key(door: Door, *, wrap: bool = False, epoch: int = 2) -> None:
    wraps = epoch - 1 if wrap else None
    ring = with_new_key(load_ring(door.keys_url), "2024-04-01", wraps=wraps)
    save_ring(door.keys_url, with_active(ring, epoch))


def people() -> set[str]:
    with provider_scope("Z9A", using="default"):
        held = Patient.objects.exclude(Person_Pseudo=None)
        return {str(one) for one in held.values_list("Person_Pseudo", flat=True)}


def counted() -> dict[str, int]:
    with provider_scope("Z9A", using="default"):
        return {name: model.objects.count() for name, model in RECORD_MODELS.items()}


def states() -> list[str]:
    return sorted(Arrival.objects.values_list("state", flat=True))


def answers(door: Door, settings) -> dict[uuid.UUID, str]:
    key = read_verify_key(Path(settings.NATIONAL_VERIFY_KEY_FILE))
    found = acknowledgements(open_handover(door.handover_url), key, door.folder / "answers")
    return {one.transfer: f"{one.outcome.value} {one.code}".strip() for one in found}


def test_a_new_epoch_is_held_and_then_replaces_everything_at_once(door, national_side):
    for day in DAYS:
        send_day(door, day, 1)
    receive_due()
    before, rows = people(), counted()
    new_key(door)

    sent = [send_day(door, day, 2) for day in DAYS]
    receive_due()
    assert (people(), counted()) == (before, rows)
    assert states() == ["held", "held", "loaded", "loaded"]

    switch = send_switch(door, sent, 2)
    receive_due()

    assert counted() == rows
    assert len(people()) == len(before)
    assert not people() & before
    receive_due()
    assert {answers(door, national_side)[one] for one in (*sent, switch)} == {"loaded"}


def test_a_rotation_that_forgets_a_period_changes_nothing(door, national_side):
    for day in DAYS:
        send_day(door, day, 1)
    receive_due()
    before = people()
    new_key(door)
    first = send_day(door, next(iter(DAYS)), 2)

    switch = send_switch(door, [first], 2)
    receive_due()

    assert people() == before
    assert answers(door, national_side)[switch] == "refused INCOMPLETE"


def test_an_old_epoch_is_refused_after_the_switch(door, national_side):
    day, other = DAYS
    send_day(door, day, 1)
    receive_due()
    new_key(door)
    send_switch(door, [send_day(door, day, 2)], 2)
    receive_due()

    late = send_day(door, other, 1)
    receive_due()

    assert answers(door, national_side)[late] == "refused EPOCH"
    with provider_scope("Z9A", using="default"):
        assert set(Slot.objects.values_list("key_epoch", flat=True)) == {2}


def test_what_came_after_the_new_key_is_loaded_after_the_switch(door, national_side):
    day, other = DAYS
    send_day(door, day, 1)
    receive_due()
    new_key(door)
    early = send_day(door, other, 2)
    receive_due()

    send_switch(door, [send_day(door, day, 2)], 2)
    receive_due()

    assert answers(door, national_side)[early] == "loaded"


def wrap_held(door: Door, settings, epoch: int) -> list[str]:
    """Ask what is held, tell the new names, have them taken over; return both answers."""
    question, word = (
        door.sending(
            transfer=transfer_id(uuid.UUID(int=2), TransferKind.ROTATION, step, epoch),
            key_epoch=epoch,
        )
        for step in (0, 1)
    )
    send_question(question)
    receive_due()
    key = read_verify_key(Path(settings.NATIONAL_VERIFY_KEY_FILE))
    shelf = open_handover(door.handover_url)
    found = {one.transfer: one for one in acknowledgements(shelf, key, door.folder / "answers")}
    asked = found[question.origin.transfer]
    send_new_names(word, asked.asked)
    receive_due()
    return [asked.outcome.value, answers(door, settings)[word.origin.transfer]]


def a_hundred_thousand() -> pl.DataFrame:
    """Persons with a local identifier and a valid NHS number of the range made up for tests."""
    nine = pl.int_range(910_000_000, 910_000_000 + PEOPLE * 12 // 10, eager=True)
    total = sum((10 - place) * (nine // 10 ** (8 - place) % 10) for place in range(9))
    check = (11 - total % 11) % 11
    numbers = pl.DataFrame({"nine": nine, "check": check}).filter(pl.col("check") < 10).head(PEOPLE)
    given = pl.format("{}{}", "nine", "check")
    rows = numbers.select(NHSNumber=given, LocalPatientID=given, NHSNumber_Status=pl.lit("01"))
    return pl.concat([frame_of("CYP001MPI", []), rows], how="diagonal")


def held_people() -> list[set[uuid.UUID]]:
    """The persons, the patients, and the patients that have a display pseudonym."""
    with provider_scope("Z9A", using="default"):
        return [
            set(Patient.objects.values_list("Person_Pseudo", flat=True)),
            set(Patient.objects.values_list("LocalPatient_Pseudo", flat=True)),
            set(DisplayPseudonym.objects.values_list("patient", flat=True)),
        ]


@pytest.mark.long
def test_keys_change_both_ways_for_a_hundred_thousand_persons(door, national_side):
    persons = a_hundred_thousand()
    day = [("CYP000Header", [frame_of("CYP000Header", [HEADER])]), ("CYP001MPI", [persons])]
    send(replace(door.sending(), report=None), day)
    receive_due()
    rows, before = counted(), held_people()

    new_key(door)
    again = send(replace(door.sending(key_epoch=2), report=None), day)
    send_switch(door, [again.transfer], 2)
    receive_due()
    made_again = held_people()
    new_key(door, wrap=True, epoch=3)
    assert wrap_held(door, national_side, 3) == ["asked", "loaded"]
    wrapped = held_people()

    assert counted() == rows
    assert [len(one) for one in (*before, *made_again, *wrapped)] == [PEOPLE] * 9
    assert not set.union(*before) & set.union(*made_again)
    assert not set.union(*before, *made_again) & set.union(*wrapped)
    assert wrapped[1] == wrapped[2]
    fresh = pseudonyms(persons["NHSNumber"], "person", load_ring(door.keys_url).key_set())
    assert {uuid.UUID(bytes=one) for one in fresh} == wrapped[0]


def test_what_is_wrapped_and_what_is_sent_later_are_one_person_and_one_history(door, national_side):
    first, second = DAYS
    send_day(door, first, 1)
    receive_due()
    new_key(door, wrap=True)
    later = send_day(door, second, 2)
    receive_due()

    wrap_held(door, national_side, 2)
    receive_due()

    assert answers(door, national_side)[later] == "loaded"
    assert len(people()) == 1
    with provider_scope("Z9A", using="default"):
        assert Patient.objects.filter(newest=True).count() == Patient.objects.count() // 2
        assert set(Slot.objects.values_list("key_epoch", flat=True)) == {2}


def test_a_new_name_that_is_not_told_changes_nothing(door, national_side):
    send_day(door, next(iter(DAYS)), 1)
    receive_due()
    before = people()
    new_key(door, wrap=True)

    word = send_new_names(door.sending(transfer=uuid.uuid4(), key_epoch=2), {"person": []})
    receive_due()

    assert answers(door, national_side)[word.transfer] == "refused INCOMPLETE"
    assert people() == before


@pytest.mark.parametrize("wrap", [False, True])
def test_each_of_a_hundred_thousand_values_has_one_pseudonym_under_each_key(door, wrap):
    values = pl.Series([f"P{number}" for number in range(PEOPLE)])
    old = pseudonyms(values, "person", load_ring(door.keys_url).key_set())
    new_key(door, wrap=wrap)
    ring = load_ring(door.keys_url)

    new = pseudonyms(values, "person", ring.key_set())

    assert new.n_unique() == old.n_unique() == PEOPLE
    assert not set(new.to_list()) & set(old.to_list())
    assert pseudonyms(values, "person", ring.key_set(1)).to_list() == old.to_list()
    if not wrap:
        save_ring(door.keys_url, without_key(ring, 1))
        again = pseudonyms(values, "person", load_ring(door.keys_url).key_set())
        assert again.to_list() == new.to_list()


def test_what_is_left_of_gone_originals_is_wrapped_to_the_same_pseudonyms(door):
    door.send()
    old = door.open()
    new_key(door, wrap=True)
    keys = load_ring(door.keys_url).key_set()
    door.send(key_epoch=2, slot_version=2)
    outgoing = door.folder / "handover" / "outgoing"
    (fresh,) = (one for one in outgoing.iterdir() if one.name != str(old.origin.transfer))

    for name in old.tables:
        table = DATA_SET.tables[name]
        wrapped = rewrap(pl.concat(old.frames(name)), table, keys)
        again = pl.concat(pl.read_parquet(one) for one in sorted(fresh.glob(f"{name}.*")))
        assert wrapped.equals(again)


def test_a_person_is_erased_by_pseudonym_with_everything_that_hangs_on_it(door, national_side):
    for day in DAYS:
        send_day(door, day, 1)
    receive_due()
    before = counted()

    for _ in range(2):
        send_erasure(door.sending(transfer=uuid.uuid4()), "943 476 5919")
        receive_due()

    assert people() == set()
    after = counted()
    assert before["CYP001MPI"] - after["CYP001MPI"] == len(DAYS)
    assert (after["CYP101Referral"], after["CYP201CareContact"]) == (0, 0)


def test_an_erasure_of_the_next_epoch_waits_for_the_switch(door, national_side):
    day = next(iter(DAYS))
    send_day(door, day, 1)
    receive_due()
    new_key(door)
    send_erasure(door.sending(transfer=uuid.uuid4(), key_epoch=2), "9434765919")
    receive_due()
    assert "held" in states()

    send_switch(door, [send_day(door, day, 2)], 2)
    receive_due()

    assert people() == set()
