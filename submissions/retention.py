"""How long files that hold records are kept, by what became of the submission; then shred them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from submissions.models import StoredFile, Submission
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


def apply_retention(now: datetime | None = None, *, most: int = 100) -> int:
    """Shred the files of submissions whose time is over, the oldest first; return how many."""
    due = list(_due(now or timezone.now())[:most])
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


def _due(at: datetime) -> QuerySet[Submission]:
    """The submissions that still have files although their time is over."""
    over = Q()
    for state, days in DAYS.items():
        over |= Q(state=state, last__lte=at - timedelta(days=days))
        over |= Q(state=state, last__lte=at - timedelta(days=min(days, TEST_DAYS))) & ~Q(
            mode=Mode.LIVE
        )
    kept = StoredFile.objects.filter(submission=OuterRef("pk"), kind__in=PERSONAL, shredded_at=None)
    return (
        Submission.objects.filter(Exists(kept))
        .annotate(last=Max("moves__at"))
        .filter(over)
        .order_by("last")
    )
