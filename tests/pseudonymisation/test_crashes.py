"""A crash at every step of sealing, handing over, receiving and acknowledging; then once more.

Each step by name, and each file that is put, read or taken away, is a point at which a process may
die. Whatever had been done by then, doing it all again ends as if nothing had happened.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal import handover
from portal.handover import open_handover
from portal.scope import provider_scope
from portal.transfers import unseal
from pseudonymisation import acknowledging, sending
from tests.pseudonymisation.changing_keys import counted
from tests.pseudonymisation.days import day_of
from tests.pseudonymisation.test_handover import NATIONAL, answer, shelved
from viewer import receiving
from viewer.models import Arrival, MeasureCount, Slot
from viewer.receiving import receive_due

__all__ = ["shelved"]  # a fixture
MOST_POINTS = 60
STEPS = {
    "pseudonymise": (sending, "pseudonymise"),
    "write a part": (sending, "write_part"),
    "seal": (sending, "seal"),
    "hand over": (sending, "deposit"),
    "note what arrived": (receiving, "note_arrivals"),
    "claim": (receiving, "claim_next"),
    "fetch": (receiving, "fetch"),
    "unseal": (receiving, "unseal"),
    "load": (receiving, "load"),
    "name patients": (receiving, "name_patients"),
    "count": (receiving.counting, "count"),
    "conclude": (receiving, "_conclude"),
    "acknowledge": (receiving, "acknowledge"),
    "figures across providers": (receiving.cubes, "refresh"),
    "clear": (acknowledging, "clear"),
}


class Crash(Exception):
    """The process has died here."""


class Frail:
    """A shelf, or a module, that dies before or after the n-th thing it is asked to do."""

    def __init__(self, shelf, dies_at, *, after):
        self.shelf, self.left, self.after, self.do = shelf, dies_at, after, {}

    def __getattr__(self, name):
        do = self.do[name] = getattr(self.shelf, name)

        def acting(*words):
            self.left -= 1
            if self.left == 0 and not self.after:
                raise Crash
            done = do(*words)
            if self.left == 0 and self.after:
                raise Crash
            return done

        return acting


def hand_over_and_settle(shelf, folder, key, work):
    """Everything that is done in the hand-over store for one transfer; the answers read."""
    handover.deposit(shelf, folder)
    for name in handover.pending(shelf):
        unseal(handover.fetch(shelf, name, work / "in"), key)
        handover.acknowledge(shelf, answer(name), NATIONAL, work / "out")
    read = list(handover.acknowledgements(shelf, NATIONAL.public_key(), work / "read"))
    for one in read:
        handover.clear(shelf, one.transfer)
    handover.tidy(shelf)
    return read


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_file_of_the_hand_over_changes_nothing(shelved, tmp_path, after):
    sent = shelved.send()
    sound = open_handover(shelved.handover_url)
    folder = handover.fetch(sound, str(sent.transfer), tmp_path / "sealed")
    handover.clear(sound, sent.transfer)
    key = shelved.key.public_key()

    for point in range(1, MOST_POINTS):
        frail = Frail(sound, point, after=after)
        try:
            hand_over_and_settle(frail, folder, key, tmp_path)
        except Crash:
            assert hand_over_and_settle(sound, folder, key, tmp_path) == [answer(sent.transfer)]
        assert sound.names("outgoing") == sound.names("acknowledgements") == []
        if frail.left > 0:
            break
    else:
        pytest.fail("The way has more steps than were tried.")


def whole_way(door, handled, version=1):
    """Send, receive and settle, as processes that know nothing of one another."""
    sending.send(replace(door.sending(slot_version=version), report=None), day_of())
    receive_due()
    acknowledging.settle(handled.append)
    handover.tidy(open_handover(door.handover_url))


def standing():
    """What stands on the national side."""
    rows = counted()
    with provider_scope("Z9A", using="default"):
        figures = MeasureCount.objects.order_by("measure", "split", "day", "code", "service_line")
        return (
            rows,
            list(Slot.objects.values_list("period_end", "records")),
            list(figures.values_list("measure", "split", "day", "code", "service_line", "value")),
            set(Arrival.objects.values_list("state", flat=True)),
        )


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_named_step_changes_nothing(door, national_side, monkeypatch, after):
    monkeypatch.setattr(receiving, "LEASE", timedelta(0))
    monkeypatch.setattr(receiving, "MOST_ATTEMPTS", 2 * len(STEPS))
    whole_way(door, [])
    sound = standing()

    for version, (place, name) in enumerate(STEPS.values(), start=2):
        crashing = Frail(place, 1, after=after)
        monkeypatch.setattr(place, name, getattr(crashing, name))
        with pytest.raises(Crash):
            whole_way(door, [], version)
        monkeypatch.setattr(place, name, crashing.do[name])
        handled = []
        whole_way(door, handled, version)
        assert {one.outcome.value for one in handled} == {"loaded"}
        assert standing() == sound
        assert open_handover(door.handover_url).names("") == []
