"""Write to the audit trail, in the caller's transaction: what happened, by whom, about whom.

The trail never holds a value of a record. Call `record` last in a transaction: the database orders
all writers by one row, which is locked from here to the commit.
"""

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connections
from django.http import HttpRequest

from portal.logs import current_request
from portal.models import Provider, User

if TYPE_CHECKING:
    from collections.abc import Mapping

Fact = str | int | float | bool | UUID | None

_LONGEST = 500
_LIKE_AN_IDENTIFIER = re.compile(r"(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])")
_INSERT = """
INSERT INTO portal_auditevent (event, actor, actor_name, provider, request_id, address, facts)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


class ForbiddenFact(Exception):
    """A fact too long for the trail, or shaped like a patient's identifier."""


class Event(StrEnum):
    """The kinds of event; each has its sentence in SENTENCES."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    LOCKED_OUT = "locked_out"
    SESSION_ENDED = "session_ended"
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    REFUSED = "refused"
    ACCESS_REQUESTED = "access_requested"
    ACCESS_APPROVED = "access_approved"
    ACCESS_REFUSED = "access_refused"
    GRANTED = "granted"
    REVOKED = "revoked"
    RENEWED = "renewed"
    REVIEWED = "reviewed"
    EMERGENCY_ACCESS = "emergency_access"
    PERSON_ADDED = "person_added"
    PERSON_CHANGED = "person_changed"
    PERSON_LEFT = "person_left"
    ORGANISATION_CHANGED = "organisation_changed"
    AGREEMENT_ACCEPTED = "agreement_accepted"
    AGREEMENT_WITHDRAWN = "agreement_withdrawn"
    DELEGATED = "delegated"
    DELEGATION_ENDED = "delegation_ended"
    SETTING_CHANGED = "setting_changed"
    KEY_CHANGED = "key_changed"
    CREDENTIAL_MADE = "credential_made"
    CREDENTIAL_REVOKED = "credential_revoked"
    SUBMITTED = "submitted"
    REFUSED_AT_THE_DOOR = "refused_at_the_door"
    MOVED = "moved"
    WITHDREW = "withdrew"
    EXPLAINED = "explained"
    VIEWED_SUBMISSION = "viewed_submission"
    VIEWED_QUALITY = "viewed_quality"
    VIEWED_AGGREGATES = "viewed_aggregates"
    VIEWED_RECORDS = "viewed_records"
    VIEWED_PERSON = "viewed_person"
    VIEWED_OVERVIEW = "viewed_overview"
    VIEWED_TRAIL = "viewed_trail"
    BUDGET_SPENT = "budget_spent"
    ALARM_RAISED = "alarm_raised"
    SENT = "sent"
    RECEIVED = "received"
    LEAK_STOPPED = "leak_stopped"
    SEAL_BROKEN = "seal_broken"
    SPECIFICATION_RELEASED = "specification_released"


SENTENCES: "Mapping[Event, str]" = {
    Event.SIGNED_IN: "A person signed in.",
    Event.SIGNED_OUT: "A person signed out.",
    Event.SIGN_IN_FAILED: "Somebody failed to sign in.",
    Event.LOCKED_OUT: "An account was locked after too many failures.",
    Event.SESSION_ENDED: "A session was ended: time, a lost grant or the person's own wish.",
    Event.SECOND_FACTOR_CHANGED: "A person added or removed an authenticator, passkey or codes.",
    Event.PASSWORD_CHANGED: "A person changed or reset their password.",
    Event.REFUSED: "A page was refused, as if it did not exist.",
    Event.ACCESS_REQUESTED: "A person asked for a role.",
    Event.ACCESS_APPROVED: "An approver agreed to a request.",
    Event.ACCESS_REFUSED: "An approver refused a request.",
    Event.GRANTED: "A role was granted.",
    Event.REVOKED: "A role was taken away.",
    Event.RENEWED: "A role was prolonged.",
    Event.REVIEWED: "An approver looked through who can see a provider's data.",
    Event.EMERGENCY_ACCESS: "An operator took emergency access to a provider's submissions.",
    Event.PERSON_ADDED: "An account was made.",
    Event.PERSON_CHANGED: "An account was changed.",
    Event.PERSON_LEFT: "A person left: every grant and session ended.",
    Event.ORGANISATION_CHANGED: "An organisation or provider was added or changed.",
    Event.AGREEMENT_ACCEPTED: "The agreement was accepted for a provider.",
    Event.AGREEMENT_WITHDRAWN: "A provider's acceptance of the agreement ended.",
    Event.DELEGATED: "A provider let a supplier submit in its name.",
    Event.DELEGATION_ENDED: "A delegation was ended.",
    Event.SETTING_CHANGED: "A banner, a calendar exception or another setting was changed.",
    Event.KEY_CHANGED: "A key was loaded, rotated or retired.",
    Event.CREDENTIAL_MADE: "A credential for the submission API was made.",
    Event.CREDENTIAL_REVOKED: "A credential for the submission API was revoked.",
    Event.SUBMITTED: "Files were received as a submission.",
    Event.REFUSED_AT_THE_DOOR: "Files were refused because of their format.",
    Event.MOVED: "A submission moved to another state.",
    Event.WITHDREW: "A provider withdrew a submission.",
    Event.EXPLAINED: "A provider explained a warning.",
    Event.VIEWED_SUBMISSION: "A submission's page was opened.",
    Event.VIEWED_QUALITY: "A data quality report was opened.",
    Event.VIEWED_AGGREGATES: "A dashboard of aggregate data was opened.",
    Event.VIEWED_RECORDS: "A page of pseudonymised records was opened.",
    Event.VIEWED_PERSON: "The records of one pseudonym were opened.",
    Event.VIEWED_OVERVIEW: "The national overview was opened.",
    Event.VIEWED_TRAIL: "The audit trail was searched.",
    Event.BUDGET_SPENT: "A person or provider reached the limit of records to view.",
    Event.ALARM_RAISED: "Odd reading by this person was noticed, and those concerned were told.",
    Event.SENT: "A transfer was handed over.",
    Event.RECEIVED: "A transfer was loaded.",
    Event.LEAK_STOPPED: "A transfer was stopped: it seemed to hold an identifier.",
    Event.SEAL_BROKEN: "A transfer was refused: its seal was broken.",
    Event.SPECIFICATION_RELEASED: "A version of a data set specification was released.",
}


def record(
    event: Event,
    *,
    actor: User | str,
    provider: Provider | str | None = None,
    request: HttpRequest | None = None,
    using: str = "default",
    **facts: Fact,
) -> None:
    """Write an event to the trail; the actor is a person, or the name of a part of the system.

    Facts are ids, counts and codes. Raises ForbiddenFact for one that is too long or looks like a
    patient's identifier.
    """
    kept = {name: _allowed(name, fact) for name, fact in facts.items()}
    person = isinstance(actor, User)
    row = [
        event.value,
        f"person:{actor.pk}" if isinstance(actor, User) else actor,
        str(actor) if person else "",
        provider.code if isinstance(provider, Provider) else provider or "",
        getattr(request, "id", "") if request else current_request(),
        (request.META.get("REMOTE_ADDR") or "") if request else "",
        json.dumps(kept),
    ]
    with connections[using].cursor() as cursor:
        cursor.execute(_INSERT, row)


def _allowed(name: str, fact: Fact) -> str | int | float | None:
    if isinstance(fact, UUID):
        return str(fact)
    if isinstance(fact, str) and (len(fact) > _LONGEST or _LIKE_AN_IDENTIFIER.search(fact)):
        raise ForbiddenFact(f"The fact '{name}' may not be written to the audit trail.")
    return fact
