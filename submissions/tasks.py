"""What a bell sets off. Its message carries nothing: what is to be done is in the database."""

import logging
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal import audit
from portal.logs import following
from portal.models import Provider
from portal.specification import version_in_force
from pseudonymisation.keys import KeyFault
from submissions import claims, messages, settling
from submissions.apart import ErrandFailed
from submissions.bell import ring
from submissions.claims import PAUSE, WORKER, Claim, LostLease
from submissions.expectations import missing
from submissions.landing import current_store
from submissions.models import Submission
from submissions.moves import move
from submissions.pieces import end_expired_uploads
from submissions.pipeline import work_on
from submissions.retention import apply_retention
from submissions.states import State

LONGEST_SECONDS = 30
SILENT_AFTER = timedelta(minutes=15)
# Faults that another try does not mend: a leak is set aside, for the others we have failed.
LEAK = "LeakFound"
HOPELESS = frozenset({"KeyFault", "BrokenFile", "UnreadableFile", "BrokenSeal"})
log = logging.getLogger(__name__)


@shared_task(ignore_result=True, acks_late=True)
def bell() -> None:
    """Do what is due, one after the other, and ring again if it takes long."""
    ends = time.monotonic() + LONGEST_SECONDS
    settling.settle_answers()
    while held := claims.claim():
        attempt(held)
        if time.monotonic() > ends:
            ring()
            return
    while settling.send_next():
        pass
    messages.send_due()


@shared_task(ignore_result=True, acks_late=True)
def sweep() -> None:
    """Set aside what kills its workers, end silent uploads, and shred what is over its time."""
    claims.set_aside()
    apply_retention()
    end_silent_uploads()
    end_expired_uploads()
    remind_of_missing_days()


def attempt(held: Claim) -> None:
    """Work on a claimed submission, and decide what a fault means for it.

    Every line and event of the work carries the id of the request that asked for it.
    """
    with following(held.request_id, submission=str(held.submission)):
        _attempt(held)


def _attempt(held: Claim) -> None:
    log.info("claimed")
    try:
        work_on(held)
    except LostLease:
        log.warning("lease_lost")
    except (ErrandFailed, KeyFault) as failed:
        with suppress(LostLease):
            _failed(held, failed)
    else:
        claims.release(held)


def _failed(held: Claim, failed: ErrandFailed | KeyFault) -> None:
    """Write down a fault: try again, give up as a fault of ours, or set aside as a leak."""
    fault = getattr(failed, "fault", "KeyFault")
    code, through = getattr(failed, "code", ""), list(getattr(failed, "through", ()))
    log.error("errand_failed", extra={"fault": fault, "code": str(code), "through": through})
    if fault == LEAK:
        _set_aside(held, failed)
    elif fault in HOPELESS:
        because = f"A fault of ours: {fault} {code}".strip()
        with claims.holding(held) as submission:
            messages.tell(move(submission.id, State.FAILED, by=WORKER, because=because))
    claims.release(held, after=PAUSE)


def _set_aside(held: Claim, failed: ErrandFailed | KeyFault) -> None:
    """Stop a submission whose transfer would have held an identifier, and raise the alarm."""
    with claims.holding(held) as submission:
        because = "What was to be sent seemed to hold an identifier. Nothing was sent."
        messages.tell(move(submission.id, State.QUARANTINED, by=WORKER, because=because))
        audit.record(
            audit.Event.LEAK_STOPPED,
            actor=WORKER,
            provider=submission.provider_id,
            reference=submission.reference,
            code=str(failed.code),
        )


def remind_of_missing_days() -> int:
    """Remind providers, once, of yesterday's data when its hour has passed."""
    yesterday = timezone.localdate() - timedelta(days=1)
    if version_in_force(settings.DATA_SET, yesterday) is None:
        return 0
    due = [one for one in Provider.objects.filter(left_on=None) if missing(one, yesterday)]
    return sum(messages.remind(provider, yesterday) for provider in due)


def end_silent_uploads() -> int:
    """Mark uploads of which nothing has been heard for a while as not completed."""
    silent = Submission.objects.filter(
        state=State.RECEIVING, uploads=None, touched_at__lt=timezone.now() - SILENT_AFTER
    )
    ended = 0
    for submission in silent:
        with transaction.atomic():
            locked = Submission.objects.select_for_update().get(pk=submission.pk)
            if locked.state == State.RECEIVING:
                move(locked.id, State.INCOMPLETE, by=WORKER, because="The upload fell silent.")
                transaction.on_commit(partial(current_store().place.clear, str(locked.id)))
                ended += 1
    return ended
