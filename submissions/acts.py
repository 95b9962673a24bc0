"""What a sender may do with a submission that is there: withdraw it, or have it tried again."""

from django.db import transaction

from portal import audit
from submissions.bell import ring
from submissions.models import Submission, Transfer
from submissions.moves import move
from submissions.shredding import shred
from submissions.states import Mode, State


@transaction.atomic
def withdraw(submission: Submission, *, by: str, because: str) -> Submission:
    """Take a submission back. What it replaced stays replaced; its data leaves the national side.

    Raises ForbiddenMove.
    """
    reached = submission.transfers.filter(kind=Transfer.Kind.RECORDS).exists()
    withdrawn = move(submission.id, State.WITHDRAWN, by=by, because=because)
    if reached and withdrawn.mode == Mode.LIVE:
        Transfer.objects.get_or_create(submission=withdrawn, kind=Transfer.Kind.WITHDRAWAL)
    shred(withdrawn, by=by, because="withdrawn")
    audit.record(
        audit.Event.WITHDREW,
        actor=by,
        provider=withdrawn.provider_id,
        reference=withdrawn.reference,
    )
    transaction.on_commit(ring)
    return withdrawn


@transaction.atomic
def retry(submission: Submission, *, by: str) -> Submission:
    """Have a submission that failed or was set aside tried again. Raises ForbiddenMove."""
    queued = move(submission.id, State.RECEIVED, by=by, because="To be tried again.")
    transaction.on_commit(ring)
    return queued
