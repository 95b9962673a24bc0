"""What the national instance answers, and the transfers of reports alone and of withdrawals."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from portal.handover import Acknowledgement, Received
from portal.logs import following
from pseudonymisation.acknowledging import settle
from pseudonymisation.witnessing import active_epoch
from submissions import apart, messages, orders
from submissions.claims import MOST_ATTEMPTS
from submissions.models import Submission, Transfer
from submissions.moves import move
from submissions.pipeline import name_transfer, slot_of
from submissions.states import State

_log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)


def settle_answers() -> int:
    """Take in the acknowledgements that have come, and say how many there were."""
    return settle(acknowledged)


@transaction.atomic
def acknowledged(answer: Acknowledgement) -> None:
    """Move a submission as the national instance says: only now is the earlier one superseded.

    An answer that was taken in before, or to something unknown, changes nothing.
    """
    transfer = Transfer.objects.select_for_update().filter(transfer=answer.transfer).first()
    if transfer is None or transfer.answered_at:
        return
    with following(transfer.request_id, transfer=str(transfer.transfer)):
        _take_in(transfer, answer)


def _take_in(transfer: Transfer, answer: Acknowledgement) -> None:
    """Write an answer down, and move the submission it is about."""
    _log.info("answered", extra={"outcome": answer.outcome.value, "rows": answer.rows})
    transfer.answered_at = timezone.now()
    transfer.sealed_at = transfer.sealed_at or transfer.answered_at
    transfer.answer = f"{answer.outcome} {answer.code}".strip()
    transfer.save(update_fields=["answered_at", "sealed_at", "answer"])
    submission = Submission.objects.select_for_update().get(pk=transfer.submission_id)
    if transfer.kind != Transfer.Kind.RECORDS:
        return
    if submission.state == State.PSEUDONYMISING:
        # The answer was quicker than the worker that is still writing down what it handed over.
        submission = move(submission.id, State.TRANSFERRING, by="national")
    if submission.state == State.TRANSFERRING:
        _finish(submission, answer)


def _finish(submission: Submission, answer: Acknowledgement) -> None:
    """End a submission's transfer: transferred, superseded by a later one, or failed."""
    if answer.outcome == Received.REFUSED:
        because = f"The national instance refused the transfer: {answer.code}."
        messages.tell(move(submission.id, State.FAILED, by="national", because=because))
        return
    if answer.outcome == Received.STALE:
        because = "A later submission for this period had arrived before."
        move(submission.id, State.SUPERSEDED, by="national", because=because)
        return
    standing = Submission.objects.filter(**slot_of(submission), state=State.TRANSFERRED)
    for earlier in standing.exclude(pk=submission.pk):
        earlier.superseded_by = submission
        earlier.save(update_fields=["superseded_by"])
        because = f"{submission.reference} has taken its place."
        move(earlier.id, State.SUPERSEDED, by="national", because=because)
    messages.tell(move(submission.id, State.TRANSFERRED, by="national"))


def send_next() -> bool:
    """Send the next report or withdrawal that is waiting; false if none is."""
    transfer = _claim()
    if transfer is None:
        return False
    with following(transfer.request_id, transfer=str(transfer.pk)):
        _send(transfer)
    return True


def _send(transfer: Transfer) -> None:
    """Have a transfer without records sealed and handed over."""
    submission = transfer.submission
    epoch = active_epoch(settings.PSEUDONYM_KEYS_URL)
    named = name_transfer(submission, transfer.kind, epoch)
    apart.run(
        "send",
        orders.to_send(submission, named, epoch),
        seconds=LEASE.total_seconds(),
        memory=settings.ERRAND_MEMORY,
        beat=lambda: None,
    )
    Transfer.objects.filter(pk=named.pk).update(sealed_at=Now(), lease_until=None)
    _log.info("handed_over", extra={"reference": submission.reference})


@transaction.atomic
def _claim() -> Transfer | None:
    """Claim a report or withdrawal that is due."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    due = Transfer.objects.filter(free, sealed_at=None, attempts__lt=MOST_ATTEMPTS)
    small = due.filter(kind__in=[Transfer.Kind.REPORT, Transfer.Kind.WITHDRAWAL])
    transfer = small.select_for_update(skip_locked=True).first()
    if transfer:
        Transfer.objects.filter(pk=transfer.pk).update(lease_until=Now() + LEASE)
    return transfer
