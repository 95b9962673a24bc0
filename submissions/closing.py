"""Close the collection after its end: withdraw what stands, shred every file, destroy every key."""

from datetime import date

from django.conf import settings
from django.utils import timezone

from portal import audit
from portal.access import has_power
from portal.models import User
from portal.specification import load_data_set, versions
from pseudonymisation.ceremonies import KEEPERS_POWER, NotAKeeper
from pseudonymisation.key_stores import save_ring
from pseudonymisation.keys import emptied
from pseudonymisation.witnessing import witnessed_ring
from submissions.acts import withdraw
from submissions.models import Submission, Transfer
from submissions.shredding import shred
from submissions.states import MOVES, Mode, State

BECAUSE = "The collection has ended."


class NotOver(Exception):
    """The collection has not ended, or the other side has not answered yet."""


def close_collection(*, first: User, second: User, today: date | None = None) -> bool:
    """Take the next step of closing; true when nothing is left to do.

    The first step withdraws and shreds; once the other side has answered every withdrawal, the
    next destroys the keys. Raises NotAKeeper or NotOver.
    """
    _refuse(first, second)
    end = load_data_set(settings.DATA_SET, versions(settings.DATA_SET)[-1]).effective_to
    if end is None or (today or timezone.localdate()) <= end:
        raise NotOver("The collection has not ended.")
    by = f"person:{first.pk}"
    for submission in Submission.objects.exclude(state=State.WITHDRAWN):
        if State.WITHDRAWN in MOVES[State(submission.state)]:
            withdraw(submission, by=by, because=BECAUSE)
        else:
            shred(submission, by=by, because=BECAUSE)
    if Transfer.objects.filter(submission__mode=Mode.LIVE, answered_at=None).exists():
        return False
    save_ring(settings.PSEUDONYM_KEYS_URL, emptied(witnessed_ring(settings.PSEUDONYM_KEYS_URL)))
    for person in (first, second):
        audit.record(audit.Event.KEY_CHANGED, actor=person, act="close collection")
    return True


def _refuse(first: User, second: User) -> None:
    if first.pk == second.pk:
        raise NotAKeeper("A second person has to agree.")
    if not all(has_power(person, KEEPERS_POWER) for person in (first, second)):
        raise NotAKeeper("Only administrators close the collection.")
