"""Send what was written to be sent, row by row, tried again after longer and longer pauses."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from portal.models.outgoing import Outgoing

# The seconds to wait after each try; after the last one a row is given up.
PAUSES = (5, 300, 1800, 7200, 18000, 36000)
AT_ONCE = 5
Row = TypeVar("Row", bound=Outgoing)
log = logging.getLogger(__name__)


def send_due(
    rows: QuerySet[Row], send: Callable[[Row], None], faults: tuple[type[Exception], ...]
) -> int:
    """Send some of the rows that are due, and say how many were taken.

    A fault of those named means that a row did not go; it is told by its type alone.
    """
    taken = 0
    while taken < AT_ONCE and (row := _claim(rows)):
        _deliver(rows.filter(pk=row.pk), row, send, faults)
        taken += 1
    return taken


@transaction.atomic
def _claim(rows: QuerySet[Row]) -> Row | None:
    """Take the row that is due longest; its next try is set before this one."""
    due = rows.filter(sent_at=None, given_up_at=None, due_at__lte=Now()).order_by("due_at")
    row = due.select_for_update(skip_locked=True, of=("self",)).first()
    if row is None:
        return None
    pause = PAUSES[min(row.attempts, len(PAUSES) - 1)]
    rows.filter(pk=row.pk).update(
        attempts=F("attempts") + 1, due_at=Now() + timedelta(seconds=pause)
    )
    row.attempts += 1
    return row


def _deliver(
    held: QuerySet[Row],
    row: Row,
    send: Callable[[Row], None],
    faults: tuple[type[Exception], ...],
) -> None:
    """Try to send a row, and write down whether it went."""
    try:
        send(row)
    except faults as fault:
        facts = {"kind": type(row).__name__, "fault": type(fault).__name__}
        log.warning("not_sent", extra=facts)
        if row.attempts > len(PAUSES):
            held.update(given_up_at=timezone.now())
    else:
        held.update(sent_at=timezone.now())
