"""Erase a person from every submission, on both sides; two people ask for it.

The other side gets each standing submission that is retained again without the person, under the
next version of its period, and is told the person's pseudonyms, so that it erases what came of
files that are gone. The files as sent, which would still hold the person, are shredded.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from portal import audit
from portal.access import has_power
from portal.manifests import TransferKind
from portal.models import User
from pseudonymisation.ceremonies import KEEPERS_POWER, NotAKeeper
from pseudonymisation.sending import send_erasure
from pseudonymisation.witnessing import active_epoch
from submissions import apart, orders
from submissions.announcing import announcing
from submissions.models import StoredFile, Submission, Transfer
from submissions.pipeline import name_transfer
from submissions.reports import stored
from submissions.shredding import shred
from submissions.states import Mode, State

SECONDS = 3600
MOVING = (
    State.RECEIVING,
    State.RECEIVED,
    State.CHECKING,
    State.PSEUDONYMISING,
    State.TRANSFERRING,
)


class StillMoving(Exception):
    """Submissions are being worked on; nothing has been erased. Try again when they rest."""


@dataclass(frozen=True)
class Erasure:
    """What an erasure found: submissions searched, those that held the person, those restated."""

    searched: int
    held: int
    restated: int


def erase_person(number: str, *, first: User, second: User, because: str) -> Erasure:
    """Erase the person of an NHS number everywhere. Raises NotAKeeper or StillMoving.

    Again is harmless: what was erased is not found any more.
    """
    _refuse(first, second)
    if Submission.objects.filter(state__in=MOVING).exists():
        raise StillMoving("Submissions are being worked on.")
    searched = _searchable()
    held = [one for one in searched if _take_out(one, number, by=first, because=because)]
    standing = [one for one in held if one.state == State.TRANSFERRED]
    _tell(number)
    erasure = Erasure(len(searched), len(held), len(standing))
    for person in (first, second):
        audit.record(audit.Event.KEY_CHANGED, actor=person, act="erase", **vars(erasure))
    return erasure


def _refuse(first: User, second: User) -> None:
    if first.pk == second.pk:
        raise NotAKeeper("A second person has to agree.")
    if not all(has_power(person, KEEPERS_POWER) for person in (first, second)):
        raise NotAKeeper("Only administrators erase a person.")


def _take_out(submission: Submission, number: str, *, by: User, because: str) -> bool:
    """Erase the person from one submission, and say whether it held the person."""
    answer = _search(submission, number)
    if not answer["found"]:
        return False
    if submission.state == State.TRANSFERRED:
        _restate(submission, answer["masks"])
    shred(submission, by=f"person:{by.pk}", because=because)
    return True


def _tell(number: str) -> None:
    """Have every provider's records searched on the other side."""
    epoch = active_epoch(settings.PSEUDONYM_KEYS_URL)
    standing = Submission.objects.filter(state=State.TRANSFERRED, mode=Mode.LIVE)
    for provider in sorted(set(standing.values_list("provider_id", flat=True))):
        theirs = list(standing.filter(provider=provider))
        with announcing(theirs, TransferKind.ERASURE, uuid4(), epoch) as sending:
            send_erasure(sending, number)


def _searchable() -> list[Submission]:
    kept = Q(files__kind=StoredFile.Kind.MASKS, files__shredded_at=None)
    return list(Submission.objects.filter(kept).distinct())


def _search(submission: Submission, number: str) -> dict[str, Any]:
    masks = stored(submission, StoredFile.Kind.MASKS)
    if masks is None:
        return {"found": False}
    order = orders.to_find(submission) | {
        "masks": orders.plain(masks),
        "place": f"{submission.id}/{uuid4()}",
        "number": number,
    }
    return _run("erase", order)


def _restate(submission: Submission, masks: dict[str, Any]) -> None:
    """Send the submission again without the person, in the next version of its period."""
    epoch = active_epoch(settings.PSEUDONYM_KEYS_URL)
    with transaction.atomic():
        locked = Submission.objects.select_for_update().get(pk=submission.pk)
        locked.slot_version = (locked.slot_version or 0) + 1
        locked.save(update_fields=["slot_version"])
        locked.files.filter(kind=StoredFile.Kind.MASKS).update(
            place=masks["name"],
            wrapped_key=bytes.fromhex(masks["wrapped_key"]),
            sha256=masks["sha256"],
            bytes=masks["size"],
        )
        transfer = name_transfer(locked, Transfer.Kind.RECORDS, epoch)
    _run("send", orders.to_send(locked, transfer, epoch))


def _run(errand: str, order: dict[str, Any]) -> dict[str, Any]:
    return apart.run(
        errand, order, seconds=SECONDS, memory=settings.ERRAND_MEMORY, beat=lambda: None
    )
