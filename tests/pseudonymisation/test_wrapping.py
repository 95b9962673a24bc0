"""A change of keys by wrapping: where originals are gone, the same names as where they are not."""

import uuid
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from portal.handover import acknowledgements, open_handover
from portal.manifests import TransferKind, read_verify_key, transfer_id
from portal.scope import provider_scope
from pseudonymisation.key_stores import load_ring, save_ring
from pseudonymisation.keys import without_key
from pseudonymisation.pseudonyms import pseudonyms
from pseudonymisation.rewrapping import rewrap
from pseudonymisation.sending import send, send_new_names, send_question
from tests.pseudonymisation.changing_keys import (
    DAYS,
    Patient,
    answers,
    counted,
    new_key,
    people,
    send_day,
    send_switch,
)
from tests.pseudonymisation.days import DATA_SET, HEADER, Door, frame_of
from viewer.models import DisplayPseudonym, Slot
from viewer.receiving import receive_due

PEOPLE = 100_000


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
