"""What a row has been: every state that the database kept of it, and what the trail says of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db.models import Model, Q

from portal.audit import SENTENCES, Event
from portal.models import AuditEvent

MOST = 200
_MADE, _CHANGED = "Made", "Changed"


@dataclass(frozen=True)
class Change:
    """One field of a row: what it was, and what it became."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """One time at which a row was made or changed."""

    at: datetime
    what: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Told:
    """One event of the trail that names a row: when, what happened, and by whom."""

    at: datetime
    sentence: str
    actor: str


def steps(row: Model) -> tuple[Step, ...]:
    """Return how a row came to be what it is, newest first; none where no history is kept."""
    kept = getattr(row, "events", None)
    if kept is None or not hasattr(kept.model, "pgh_id"):
        return ()
    states = list(kept.order_by("-pgh_id")[:MOST])[::-1]
    found = [
        Step(one.pgh_created_at, _CHANGED, _changes(was, one)) for was, one in pairwise(states)
    ]
    first = [Step(one.pgh_created_at, _MADE, ()) for one in states[:1]]
    return tuple([*first, *found][::-1])


def told(named: Q) -> tuple[Told, ...]:
    """Return the events of the trail that a question finds, newest first."""
    found = AuditEvent.objects.filter(named)[:MOST]
    return tuple(
        Told(one.at, SENTENCES[Event(one.event)], one.actor_name or one.actor) for one in found
    )


def _changes(was: Model, became: Model) -> tuple[Change, ...]:
    return tuple(_differences(was, became))


def _differences(was: Model, became: Model) -> Iterator[Change]:
    for field in became._meta.concrete_fields:  # noqa: SLF001 - Django's documented interface
        if field.name.startswith("pgh_"):
            continue
        before, after = (getattr(state, field.attname) for state in (was, became))
        if before != after:
            yield Change(str(field.verbose_name), _said(before), _said(after))


def _said(value: object) -> str:
    return "–" if value in (None, "") else str(value)
