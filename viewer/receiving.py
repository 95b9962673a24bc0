"""Receive transfers: claim, unseal, load, count and acknowledge, each step safe to repeat.

The Arrival row is the truth. It is claimed with a lease and a fence; the load, the counts and the
row's new state commit together, and the acknowledgement is written again until it is there.
"""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from portal import audit
from portal.handover import (
    Acknowledgement,
    Received,
    Shelf,
    acknowledge,
    fetch,
    open_handover,
)
from portal.logs import following
from portal.manifests import (
    BrokenSeal,
    Origin,
    TransferKind,
    read_signing_key,
    read_verify_key,
)
from portal.scope import provider_scope
from portal.specification import load_data_set
from portal.transfers import Transfer, unseal
from viewer import counting, cubes, erasing, rotating, standing
from viewer.arrivals import note_arrivals
from viewer.loading import Place, clear, load, name_patients
from viewer.models import RECORD_MODELS, Arrival, Slot
from viewer.patients import patient_table
from viewer.relations import newest_data_set
from viewer.rotating import Held
from viewer.states import ArrivalState
from viewer.wrapping import Asked

_log = logging.getLogger(__name__)
LEASE = timedelta(minutes=30)
MOST_ATTEMPTS = 3
WORKER = "national worker"
_CLAIM = """
UPDATE viewer_arrival SET attempts = attempts + 1, fence = fence + 1, lease_until = %(until)s
WHERE transfer = (
    SELECT transfer FROM viewer_arrival
    WHERE state = 'pending' AND (lease_until IS NULL OR lease_until < %(now)s)
    ORDER BY arrived_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING transfer, attempts, fence
"""


class LostLease(Exception):
    """Another worker holds the transfer by now; nothing of this one's work may stand."""


@dataclass(frozen=True)
class Claim:
    """A transfer this worker may load, and the number its writes must still match."""

    transfer: UUID
    attempts: int
    fence: int


@dataclass(frozen=True)
class Taken:
    """What became of a transfer: rows loaded, and since which period figures may have changed."""

    received: Received
    rows: int = 0
    since: date | None = None


def receive_due() -> int:
    """Load every transfer that waits in the hand-over store and return how many were settled."""
    shelf = open_handover(settings.HANDOVER_URL)
    note_arrivals(shelf)
    settled, days = 0, frozenset[date]()
    while claim := claim_next():
        days |= settle(shelf, claim)
        settled += 1
    cubes.refresh(days)
    return settled


def claim_next() -> Claim | None:
    """Claim the transfer that waits longest; one that failed too often is set aside instead."""
    now = timezone.now()
    while True:
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute(_CLAIM, {"now": now, "until": now + LEASE})
            row = cursor.fetchone()
        if row is None:
            return None
        claim = Claim(*row)
        if claim.attempts <= MOST_ATTEMPTS:
            return claim
        _conclude(claim, ArrivalState.QUARANTINED, "ATTEMPTS")


def settle(shelf: Shelf, claim: Claim) -> frozenset[date]:
    """Load one transfer, or refuse it, and acknowledge it; return the days that changed."""
    with following("", transfer=str(claim.transfer)):
        _log.info("claimed", extra={"attempt": claim.attempts})
        return _settle(shelf, claim)


def _settle(shelf: Shelf, claim: Claim) -> frozenset[date]:
    days: frozenset[date] = frozenset()
    with tempfile.TemporaryDirectory(prefix="receiving-") as folder:
        try:
            transfer = _open(shelf, claim.transfer, Path(folder))
            answer, days = _take(transfer, claim, lambda one: _open(shelf, one, Path(folder)))
        except Held:
            _conclude(claim, ArrivalState.HELD, "")
            return days
        except Asked as asked:
            _conclude(claim, ArrivalState.LOADED, "")
            answer = replace(_answer(transfer.origin, Received.ASKED, 0), asked=asked.held)
        except BrokenSeal as broken:
            _conclude(claim, ArrivalState.BROKEN, broken.code)
            audit.record(audit.Event.SEAL_BROKEN, actor=WORKER, transfer=claim.transfer)
            answer = _refusal(claim, broken.code)
        key = read_signing_key(Path(settings.ACKNOWLEDGEMENT_KEY_FILE))
        acknowledge(shelf, answer, key, Path(folder) / "answer")
        facts = {"outcome": answer.outcome.value, "rows": answer.rows, "code": answer.code}
        _log.info("acknowledged", extra=facts)
    return days


def _open(shelf: Shelf, transfer: UUID, folder: Path) -> Transfer:
    """Fetch a transfer and unseal it. Raises BrokenSeal."""
    path = fetch(shelf, str(transfer), folder)
    return unseal(path, read_verify_key(Path(settings.AGEM_VERIFY_KEY_FILE)))


def _take(
    transfer: Transfer, claim: Claim, opened: Callable[[UUID], Transfer]
) -> tuple[Acknowledgement, frozenset[date]]:
    """Load, count and conclude in one transaction, inside the provider's scope."""
    origin = transfer.origin
    with provider_scope(origin.provider, using="default"):
        _wait_for_turn(origin.provider)
        rotating.hold_unless_due(origin)
        taken = _apply(transfer, opened)
        days = counting.count(origin.provider, taken.since) if taken.since else frozenset()
        stale = taken.received is Received.STALE
        _conclude(claim, ArrivalState.STALE if stale else ArrivalState.LOADED, "")
        audit.record(
            audit.Event.RECEIVED,
            actor=WORKER,
            provider=origin.provider,
            transfer=origin.transfer,
            version=origin.slot_version,
            outcome=taken.received.value,
            rows=taken.rows,
        )
    return _answer(origin, taken.received, taken.rows), days | {origin.period_end}


def _apply(transfer: Transfer, opened: Callable[[UUID], Transfer]) -> Taken:
    """Put what a transfer brings in its place."""
    origin = transfer.origin
    if origin.kind is TransferKind.ROTATION:
        rows = rotating.rotate(transfer, opened, _replace)
        return Taken(Received.LOADED, rows, standing.first_period() if rows else None)
    if origin.kind is TransferKind.ERASURE:
        return Taken(Received.LOADED, *erasing.erase(transfer))
    standing.keep_report(transfer)
    if origin.kind is TransferKind.REPORT:
        return Taken(Received.LOADED)
    slot = standing.slot_of(origin)
    if slot and slot.transfer == origin.transfer:
        taken = Taken(Received.LOADED, slot.records)
    elif slot and slot.version >= origin.slot_version:
        taken = Taken(Received.STALE)
    else:
        taken = Taken(Received.LOADED, _replace(transfer, slot), origin.period_end)
    standing.keep_figures(origin)
    return taken


def _replace(transfer: Transfer, slot: Slot | None) -> int:
    """Put the transfer's rows in the place of the slot's, and return how many rows."""
    origin = transfer.origin
    place = Place(
        origin.provider, origin.period_end, origin.transfer, slot.transfer if slot else None
    )
    if origin.kind is TransferKind.WITHDRAWAL:
        for model in RECORD_MODELS.values():
            clear(model, place)
        rows = 0
    else:
        rows = _load_tables(transfer, place)
    standing.keep_slot(origin, rows)
    return rows


def _load_tables(transfer: Transfer, place: Place) -> int:
    """Replace the rows of every table; a table the transfer does not state is emptied."""
    data_set = load_data_set(transfer.origin.data_set, transfer.origin.version)
    rows = 0
    for name, model in RECORD_MODELS.items():
        if name in transfer.tables:
            rows += load(data_set.tables[name], model, transfer.frames(name), place)
        else:
            clear(model, place)
    patients = patient_table(newest_data_set())
    name_patients(newest_data_set(), RECORD_MODELS[patients.name], place.provider)
    return rows


def _wait_for_turn(provider: str) -> None:
    """Let one transfer of a provider load at a time, until the end of the transaction."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [provider])


def _conclude(claim: Claim, state: ArrivalState, fault: str) -> None:
    """Write down what became of a transfer. Raises LostLease if another worker holds it."""
    held = Arrival.objects.filter(transfer=claim.transfer, fence=claim.fence)
    if not held.update(state=state, fault=fault, settled_at=timezone.now(), lease_until=None):
        raise LostLease(f"The lease on a transfer was lost at fence {claim.fence}.")


def _answer(origin: Origin, received: Received, rows: int) -> Acknowledgement:
    """Return what the other side is told of a transfer that was opened."""
    return Acknowledgement(
        transfer=origin.transfer,
        submission=origin.submission,
        provider=origin.provider,
        slot_version=origin.slot_version,
        outcome=received,
        code="",
        rows=rows,
        at=datetime.now(UTC),
    )


def _refusal(claim: Claim, code: str) -> Acknowledgement:
    """Return what the other side is told of a transfer whose word cannot be trusted: its number."""
    return Acknowledgement(
        transfer=claim.transfer,
        submission=UUID(int=0),
        provider="",
        slot_version=0,
        outcome=Received.REFUSED,
        code=code,
        rows=0,
        at=datetime.now(UTC),
    )
