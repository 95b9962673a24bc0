"""The life of a session: how long it may last; it does not outlive the grants it began with."""

import time
from enum import StrEnum

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

from portal import audit
from portal.memberships import memberships, synchronise
from portal.models import User

ASSURANCE, ORGANISATIONS = "assurance", "organisations"
STRONG = {"2", "3"}  # authentication assurance levels with more than a password
_BEGAN, _SEEN, _HELD = "began", "seen", "held"
_WRITE_EVERY = 30


class Ended(StrEnum):
    """Why a session ended."""

    IDLE = "idle"
    LONG = "long"
    GRANT = "grant"


def look_after(request: HttpRequest, person: User) -> Ended | None:
    """Note that the session is used; return why it must end, if it must, with the event recorded.

    A session that an organisation vouched for sees the person's providers among its own alone.
    Roles gained since the last request count at once; a role that is gone ends the session.
    """
    organisations = request.session.get(ORGANISATIONS)
    person.limited_to = None if organisations is None else frozenset(organisations)
    ended = _timed_out(request) or _lost_a_role(request, person)
    if ended is not None:
        audit.record(audit.Event.SESSION_ENDED, actor=person, request=request, why=ended.value)
    return ended


def needs_step_up(request: HttpRequest, person: User) -> bool:
    """Say whether a second factor, or the password anew, is wanted before records are shown."""
    if not settings.REQUIRE_MFA or request.session.get(ASSURANCE) in STRONG:
        return False
    earliest = time.time() - settings.STEP_UP_SECONDS
    return not any(
        used.get("at", 0) > earliest
        and (used.get("method") == "mfa" or used.get("reauthenticated"))
        for used in get_authentication_records(request, person)
    )


def _timed_out(request: HttpRequest) -> Ended | None:
    session, now = request.session, int(time.time())
    began, seen = session.setdefault(_BEGAN, now), session.setdefault(_SEEN, now)
    if now - began >= settings.SESSION_LONGEST_SECONDS:
        return Ended.LONG
    if now - seen >= settings.SESSION_IDLE_SECONDS:
        return Ended.IDLE
    if now - seen >= _WRITE_EVERY:
        session[_SEEN] = now
    return None


def _lost_a_role(request: HttpRequest, person: User) -> Ended | None:
    held = sorted(memberships([person])[person.pk])
    before = request.session.get(_HELD)
    if held == before:
        return None
    synchronise(person)
    request.session[_HELD] = held
    return Ended.GRANT if set(before or ()) - set(held) else None
