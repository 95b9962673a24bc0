"""The one way a submission changes its state."""

import logging
import uuid
from contextvars import copy_context
from functools import partial

from django.db import transaction
from django.utils import timezone

from portal.logs import current_request
from submissions.models import Move, Submission
from submissions.states import MOVES, ForbiddenMove, State

_log = logging.getLogger(__name__)
OVER = frozenset(
    {
        State.INCOMPLETE,
        State.REFUSED,
        State.DUPLICATE,
        State.REJECTED,
        State.TRANSFERRED,
        State.SUPERSEDED,
        State.WITHDRAWN,
    }
)


@transaction.atomic
def move(submission_id: uuid.UUID, to: State, *, by: str, because: str = "") -> Submission:
    """Move a submission to its next state, and write the step into its history with it.

    The row is locked first, so that of two workers or two clicks only one succeeds; the other
    gets ForbiddenMove. A move backwards to the queue gives the submission its three tries anew,
    and the work that follows carries the id of the request that asked for it.
    """
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    before = State(submission.state)
    if to not in MOVES[before]:
        raise ForbiddenMove(before, to)
    submission.state = to
    changed = ["state"]
    if to is State.RECEIVED:
        submission.attempts, submission.lease_until = 0, None
        submission.request_id = current_request()
        changed += ["attempts", "lease_until", "request_id"]
    if to in OVER:
        submission.finished_at = timezone.now()
        changed.append("finished_at")
    submission.save(update_fields=changed)
    Move.objects.create(submission=submission, before=before, to=to, by=by, because=because)
    facts = {"reference": submission.reference, "before": before.value, "to": to.value}
    said = partial(copy_context().run, _log.info, "moved", extra=facts)
    transaction.on_commit(said)
    return submission
