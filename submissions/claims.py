"""Who works on what: a worker claims a due row, and writes only while it holds it by a lease.

The row is the truth. A worker that dies loses its lease and another one claims the row; a worker
that was only thought dead finds its fence number outdated and writes nothing. Attempts are counted
before the work, so that a submission that kills its workers is set aside after three.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Now, RowNumber

from submissions.models import Submission
from submissions.moves import move
from submissions.states import DUE, Mode, State

LEASE = timedelta(seconds=15)
PAUSE = timedelta(seconds=5)
MOST_ATTEMPTS = 3
CANDIDATES = 20
WORKER = "worker"


class LostLease(Exception):
    """The claim is no longer held; somebody else may be at work."""


@dataclass(frozen=True)
class Claim:
    """A submission that a worker holds, the number that says so, and who asked for the work."""

    submission: UUID
    fence: int
    request_id: str = ""


def claim() -> Claim | None:
    """Claim the submission whose turn it is, the oldest of each provider first, if any is due."""
    turn = Window(RowNumber(), partition_by=F("provider"), order_by=F("received_at").asc())
    ranked = _due().filter(attempts__lt=MOST_ATTEMPTS).annotate(turn=turn)
    first = list(ranked.order_by("turn", "received_at").values_list("pk", flat=True)[:CANDIDATES])
    with transaction.atomic():
        free = _due().filter(pk__in=first).select_for_update(skip_locked=True)
        found = min(free, key=lambda row: first.index(row.pk), default=None)
        if found is None:
            return None
        Submission.objects.filter(pk=found.pk).update(
            attempts=F("attempts") + 1, fence=F("fence") + 1, lease_until=Now() + LEASE
        )
        return Claim(found.pk, found.fence + 1, found.request_id)


def anything_due() -> bool:
    """Whether a worker would find something to claim."""
    return _due().exists()


def renew(held: Claim, progress: Mapping[str, Any] | None = None) -> None:
    """Prolong a lease, and write down how far the work has come, if told. Raises LostLease."""
    rows = Submission.objects.filter(pk=held.submission, fence=held.fence)
    told = {"progress": progress} if progress else {}
    if not rows.update(lease_until=Now() + LEASE, **told):
        raise LostLease


@contextmanager
def holding(held: Claim) -> Iterator[Submission]:
    """Lock the claimed row for the effects of the work, all or none. Raises LostLease."""
    with transaction.atomic():
        locked = Submission.objects.select_for_update()
        submission = locked.filter(pk=held.submission, fence=held.fence).first()
        if submission is None or submission.state not in DUE:
            raise LostLease
        yield submission


def progressed(held: Claim) -> None:
    """Begin to count anew: a step is done, and the next one has three tries of its own."""
    Submission.objects.filter(pk=held.submission, fence=held.fence).update(attempts=1)


def release(held: Claim, *, after: timedelta = timedelta()) -> None:
    """Let go of a claim; the row is due again after a while, if anything is left to do."""
    rows = Submission.objects.filter(pk=held.submission, fence=held.fence)
    rows.update(lease_until=Now() + after if after else None)


def set_aside() -> int:
    """Quarantine what has killed its workers three times, and say how many there were."""
    dead = list(_due().filter(attempts__gte=MOST_ATTEMPTS).values_list("pk", flat=True))
    for pk in dead:
        because = f"Its processing ended {MOST_ATTEMPTS} times without a result."
        move(pk, State.QUARANTINED, by=WORKER, because=because)
    return len(dead)


def _due() -> QuerySet[Submission]:
    """The submissions that nobody holds and that have a step before them."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    stays = Q(state=State.ACCEPTED) & ~Q(mode=Mode.LIVE)
    return Submission.objects.filter(free, state__in=DUE).exclude(stays)
