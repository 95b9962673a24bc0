"""A change of keys by hashing again: held, switched at once, no old pseudonym left."""

import uuid

from portal.scope import provider_scope
from pseudonymisation.sending import send_erasure
from tests.pseudonymisation.changing_keys import (
    DAYS,
    answers,
    counted,
    new_key,
    people,
    send_day,
    send_switch,
    states,
)
from viewer.models import Slot
from viewer.receiving import receive_due


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
