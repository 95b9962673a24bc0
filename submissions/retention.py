"""How long files that hold records are kept, by what became of the submission; then shred them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from submissions.models import Submission
from submissions.shredding import PERSONAL, shred
from submissions.states import Mode, State

SYSTEM = "retention"
# Days after the last move. What stands is kept longest, so that keys can be rotated.
DAYS: Mapping[State, int] = {
    State.TRANSFERRED: 90,
    State.REJECTED: 30,
    State.QUARANTINED: 30,
    State.FAILED: 30,
    State.ACCEPTED: 30,
    State.SUPERSEDED: 14,
    State.DUPLICATE: 1,
    State.REFUSED: 1,
    State.INCOMPLETE: 1,
    State.WITHDRAWN: 0,
}
TEST_DAYS = 7


def apply_retention(now: datetime | None = None) -> int:
    """Shred the files of every submission whose time is over; return how many submissions."""
    at = now or timezone.now()
    due = [submission for submission in _holding_files() if _is_over(submission, at)]
    for submission in due:
        shred(submission, by=SYSTEM, because="The retention period is over.")
    return len(due)


def ends_at(submission: Submission) -> datetime | None:
    """When the files of a submission are shredded; None while it is being worked on."""
    days = DAYS.get(State(submission.state))
    last = submission.moves.order_by("-id").first()
    if days is None or last is None:
        return None
    if submission.mode != Mode.LIVE:
        days = min(days, TEST_DAYS)
    return last.at + timedelta(days=days)


def _is_over(submission: Submission, at: datetime) -> bool:
    ends = ends_at(submission)
    return ends is not None and ends <= at


def _holding_files() -> list[Submission]:
    kept = Q(files__kind__in=PERSONAL, files__shredded_at=None)
    return list(Submission.objects.filter(kept).distinct())
