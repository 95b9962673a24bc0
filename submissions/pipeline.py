"""The order in which things happen to a submission: judged, then pseudonymised and handed over."""

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from portal import audit
from portal.manifests import TransferKind, transfer_id
from pseudonymisation.witnessing import active_epoch
from submissions import apart, claims, messages, orders
from submissions.claims import WORKER, Claim
from submissions.models import Submission, Transfer
from submissions.moves import move
from submissions.shredding import shred
from submissions.states import STANDING, Mode, State
from submissions.verdicts import keep_verdict
from submissions.watching import read_progress

_log = logging.getLogger(__name__)
ACCEPTED_OUTCOMES = frozenset({"accepted", "accepted_with_warnings", "accepted_with_rejections"})


def work_on(held: Claim) -> None:
    """Do the next steps of a claimed submission. Raises LostLease, ErrandFailed or KeyFault."""
    with claims.holding(held) as submission:
        if submission.state == State.RECEIVED:
            move(submission.id, State.CHECKING, by=WORKER)
            Submission.objects.filter(pk=submission.pk).update(progress={})
            submission.refresh_from_db()
    if submission.state == State.CHECKING:
        submission = judge(held, submission)
        claims.progressed(held)
    if submission.mode == Mode.LIVE and submission.state in (State.ACCEPTED, State.PSEUDONYMISING):
        hand_over(held, submission)


def judge(held: Claim, submission: Submission) -> Submission:
    """Have a submission judged, and write down the verdict: accepted or rejected."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "progress.json"
        order = orders.to_judge(submission, held) | {"progress": str(path)}
        answer = _run("judge", order, held, path)
        progress = read_progress(path)
    with claims.holding(held) as locked:
        locked.progress = progress
        locked.save(update_fields=["progress"])
        keep_verdict(locked, answer)
        if answer["outcome"] in ACCEPTED_OUTCOMES:
            judged = accept(locked)
        else:
            judged = move(locked.id, State.REJECTED, by=WORKER)
            if judged.mode == Mode.LIVE and judged.period_end:
                Transfer.objects.get_or_create(submission=judged, kind=Transfer.Kind.REPORT)
        if judged.mode == Mode.CHECK:
            shred(judged, by=WORKER, because="It was sent to be checked only.")
        messages.tell(judged)
    return judged


def accept(submission: Submission) -> Submission:
    """Accept a submission and, if it is live, give it the next version of its reporting period.

    Where a later submission for the period has been accepted before, this one is superseded at
    once. The caller is inside a transaction.
    """
    accepted = move(submission.id, State.ACCEPTED, by=WORKER)
    if accepted.mode != Mode.LIVE:
        return accepted
    slot = slot_of(accepted)
    _lock(slot)
    rivals = Submission.objects.filter(**slot).exclude(pk=accepted.pk)
    later = rivals.filter(state__in=STANDING, received_at__gt=accepted.received_at).first()
    if later:
        because = f"A later submission for this period was accepted before: {later.reference}."
        accepted.superseded_by = later
        accepted.save(update_fields=["superseded_by"])
        return move(accepted.id, State.SUPERSEDED, by=WORKER, because=because)
    numbers = rivals.exclude(slot_version=None).order_by("-slot_version")
    accepted.slot_version = (numbers.values_list("slot_version", flat=True).first() or 0) + 1
    accepted.save(update_fields=["slot_version"])
    return accepted


def hand_over(held: Claim, submission: Submission) -> None:
    """Have the accepted records pseudonymised, sealed and put into the hand-over store."""
    epoch = active_epoch(settings.PSEUDONYM_KEYS_URL)
    with claims.holding(held) as locked:
        if locked.state == State.ACCEPTED:
            move(locked.id, State.PSEUDONYMISING, by=WORKER)
        transfer = name_transfer(locked, Transfer.Kind.RECORDS, epoch)
    _run("send", orders.to_send(submission, transfer, epoch), held)
    with claims.holding(held) as locked:
        transfer.sealed_at = timezone.now()
        transfer.save(update_fields=["sealed_at"])
        move(locked.id, State.TRANSFERRING, by=WORKER)
        audit.record(
            audit.Event.SENT,
            actor=WORKER,
            provider=locked.provider_id,
            reference=locked.reference,
            transfer=transfer.transfer,
        )
    _log.info("handed_over", extra={"reference": submission.reference})


def name_transfer(submission: Submission, kind: str, epoch: int) -> Transfer:
    """Write down a transfer's name before the work, so that doing it twice is doing it once."""
    transfer, _ = Transfer.objects.get_or_create(submission=submission, kind=kind)
    transfer.transfer = transfer_id(
        submission.id, TransferKind(kind), submission.slot_version or 0, epoch
    )
    transfer.attempts += 1
    transfer.save(update_fields=["transfer", "attempts"])
    return transfer


def slot_of(submission: Submission) -> dict[str, Any]:
    """What a submission stands for: a provider's reporting period."""
    return {
        "provider": submission.provider_id,
        "data_set": submission.data_set,
        "period_start": submission.period_start,
        "period_end": submission.period_end,
        "mode": Mode.LIVE,
    }


def _lock(slot: Mapping[str, Any]) -> None:
    """Let one submission of a slot at a time past this point, until its transaction ends."""
    name = "|".join(str(value) for value in slot.values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [name])


def _run(
    errand: str, order: Mapping[str, Any], held: Claim, progress: Path | None = None
) -> dict[str, Any]:
    """Send a child on an errand; meanwhile keep the lease, and tell what it writes of its progress.

    Raises ErrandFailed or LostLease.
    """
    return apart.run(
        errand,
        order,
        seconds=settings.ERRAND_SECONDS,
        memory=settings.ERRAND_MEMORY,
        beat=lambda: claims.renew(held, read_progress(progress) if progress else None),
    )
