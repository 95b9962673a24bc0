"""Verify the audit trail: its chain row by row, its end, and the signed checkpoints of its past."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connections
from django.utils import timezone

from portal.audit_checkpoints import Signed, kept_outside, of_row
from portal.models import AuditCheckpoint, AuditEvent

_VERIFY = """
WITH chain AS (
    SELECT entry.id, entry.digest, lag(entry.id) OVER numbered AS before,
        entry.digest = portal_audit_digest(entry) AS own,
        entry.previous = coalesce(lag(entry.digest) OVER numbered, sha256('the beginning'))
            AS linked
    FROM portal_auditevent entry WINDOW numbered AS (ORDER BY entry.id)
),
broken AS (
    SELECT * FROM chain WHERE NOT own OR NOT linked OR id <> coalesce(before, 0) + 1
    ORDER BY id LIMIT 1
),
last AS (SELECT id, digest FROM chain ORDER BY id DESC LIMIT 1)
SELECT
    broken.id, broken.own, coalesce(broken.before, 0), (SELECT count(*) FROM chain),
    coalesce(last.id, 0), head.id,
    head.digest = coalesce(last.digest, sha256('the beginning')),
    encode(head.digest, 'hex')
FROM portal_audithead head LEFT JOIN last ON true LEFT JOIN broken ON true
"""
OVERDUE = timedelta(hours=2)


@dataclass(frozen=True)
class Verification:
    """What a look at the whole chain found; `faults` are sentences that say what is broken."""

    events: int
    broken_at: int | None
    ends_well: bool
    head: str
    faults: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether no event has been changed, removed or slipped in."""
        return self.broken_at is None and self.ends_well


def verify_chain(using: str = "default") -> Verification:
    """Recompute every event's digest; the first event that does not fit is named."""
    with connections[using].cursor() as cursor:
        cursor.execute(_VERIFY)
        broken_at, own, before, events, last, counted, fits, head = cursor.fetchone()
    faults = [] if broken_at is None else [_fault(broken_at, before, own=own)]
    ends_well = bool(last == counted and fits)
    if last < counted:
        faults.append(f"{_events(last + 1, counted)} removed from the end of the trail.")
    elif not ends_well:
        faults.append(f"The head of the trail does not fit its last event, {last}.")
    return Verification(events, broken_at, ends_well, head, tuple(faults))


def verify_checkpoints(key: Ed25519PublicKey) -> list[str]:
    """Compare both copies of every checkpoint, and the trail with them; return what is broken."""
    inside = {row.number: of_row(row) for row in AuditCheckpoint.objects.all()}
    outside = kept_outside()
    faults: list[str] = []
    genuine: list[Signed] = []
    for number in range(1, max([*inside, *outside], default=0) + 1):
        one, other = inside.get(number), outside.get(number)
        faults += _copies(number, one, other, there=number in outside)
        kept = [copy for copy in (one, other) if copy]
        faults += [
            f"Checkpoint {number} is not signed by this instance."
            for copy in kept[: 1 if one == other else 2]
            if not copy.is_genuine(key)
        ]
        genuine += [copy for copy in kept if copy.is_genuine(key)][:1]
    return [*faults, *_succession(genuine), *_against_the_trail(genuine), *_overdue(genuine)]


def _fault(number: int, before: int, *, own: bool) -> str:
    """Say what is wrong with the first event that does not fit."""
    if number > before + 1:
        return f"{_events(before + 1, number - 1)} removed before event {number}."
    if not own:
        return f"Event {number} has been changed."
    return f"Event {number} does not follow event {before}: one of them has been put there later."


def _events(first: int, last: int) -> str:
    """Name one event or several as the beginning of a sentence."""
    return f"Event {first} has been" if first == last else f"Events {first} to {last} have been"


def _copies(
    number: int, inside: Signed | None, outside: Signed | None, *, there: bool
) -> list[str]:
    """Say what is wrong with the two copies of a checkpoint."""
    if inside is None and not there:
        return [f"Checkpoint {number} has been removed from the database and from outside."]
    if inside is None:
        return [f"Checkpoint {number}{_when(outside)} has been removed from the database."]
    if not there:
        return [f"Checkpoint {number}{_when(inside)} has been removed from outside the database."]
    if outside is None:
        return [f"Checkpoint {number}{_when(inside)} cannot be read outside the database."]
    if inside != outside:
        return [f"The two copies of checkpoint {number}{_when(inside)} differ."]
    return []


def _succession(genuine: list[Signed]) -> Iterator[str]:
    """Say where a checkpoint does not name the one before it."""
    digests = {one.checkpoint.number: one.checkpoint.digest for one in genuine}
    for one in genuine:
        before = digests.get(one.checkpoint.number - 1)
        if before is not None and before != one.checkpoint.previous:
            number = one.checkpoint.number
            yield f"Checkpoint {number} does not follow checkpoint {number - 1}."


def _against_the_trail(genuine: list[Signed]) -> Iterator[str]:
    """Say which events are missing, and between which checkpoints the trail was rewritten."""
    wanted = [one.checkpoint.events for one in genuine]
    rows = AuditEvent.objects.filter(id__in=wanted).values_list("id", "digest")
    digests = {number: bytes(digest).hex() for number, digest in rows}
    last = AuditEvent.objects.values_list("id", flat=True).first() or 0
    sound = 0
    for one in genuine:
        events = one.checkpoint.events
        if events > last:
            longest = max(genuine, key=lambda signed: signed.checkpoint.events)
            missing = _events(last + 1, longest.checkpoint.events)
            known = f"checkpoint {longest.checkpoint.number}{_when(longest)}"
            yield f"{missing} removed: {known} has counted them."
            return
        if events and digests.get(events) != one.checkpoint.head:
            yield (
                f"The trail has been rewritten between events {sound + 1} and {events}: it does "
                f"not fit checkpoint {one.checkpoint.number}{_when(one)}."
            )
            return
        sound = events


def _overdue(genuine: list[Signed]) -> Iterator[str]:
    """Say that the trail has gone on without checkpoints, or that the last ones are gone."""
    newest = AuditEvent.objects.values_list("at", flat=True).first()
    last = max((one.checkpoint.at for one in genuine), default=None)
    if last and newest and newest - last > OVERDUE:
        yield (
            f"No checkpoint follows the one of {_moment(last)}: the clock has stopped, or later "
            "checkpoints have been removed from both places."
        )


def _when(signed: Signed | None) -> str:
    return f" of {_moment(signed.checkpoint.at)}" if signed else ""


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%d.%m.%Y %H:%M}"
