"""Which providers and submissions a machine may see. For everything else there is nothing there."""

import time

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.request import Request

from portal.models import Provider
from submissions.api.authentication import Machine
from submissions.models import Submission
from submissions.refusals import Refusal
from submissions.states import DUE, Mode, State

LONGEST_WAIT = 30
STEP_SECONDS = 0.25
UNSETTLED = frozenset({State.RECEIVING, State.TRANSFERRING, *DUE})


class NotAllowed(Refusal):
    """Something the credential's scope does not hold."""

    status = 403
    kind = "not-allowed"
    title = "This credential may not do this"
    remedy = "Ask your provider's approver for a credential that may."


def machine_of(request: Request) -> Machine:
    """The machine behind a request."""
    machine = request.user
    if not isinstance(machine, Machine):
        raise Http404
    return machine


def chosen_provider(request: Request) -> Provider:
    """The provider a request names, or the only one there is. Raises Http404 or Refusal."""
    mine = machine_of(request).providers
    code = request.query_params.get("provider")
    if code:
        found = mine.filter(pk=code).first() if code.isascii() and code.isalnum() else None
        if found is None:
            raise Http404
        return found
    if mine.count() != 1:
        raise Refusal("Say which provider: ?provider=CODE.")
    return mine.get()


def chosen_mode(request: Request) -> Mode:
    """The mode a request names; live without one. Raises Refusal or NotAllowed."""
    said = request.query_params.get("mode", Mode.LIVE)
    if said not in Mode.values:
        raise Refusal(f"The mode is one of {', '.join(Mode.values)}.")
    if said not in machine_of(request).modes:
        raise NotAllowed(f"This credential may not send in mode {said}.")
    return Mode(said)


def visible(request: Request) -> QuerySet[Submission]:
    """The submissions of the providers that the credential acts for."""
    mine = machine_of(request).providers
    return Submission.objects.filter(provider__in=mine).select_related(
        "duplicate_of", "superseded_by"
    )


def find(request: Request, reference: str) -> Submission:
    """A submission by its reference. Raises Http404, also where it is another's."""
    found = visible(request).filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def wait_for(request: Request, submission: Submission) -> Submission:
    """Wait until a submission is settled, as long as the Prefer header asks, 30 seconds at most."""
    ends = time.monotonic() + _wanted_wait(request)
    while is_unsettled(submission) and time.monotonic() < ends:
        time.sleep(STEP_SECONDS)
        submission.refresh_from_db()
    return submission


def is_unsettled(submission: Submission) -> bool:
    """Whether a submission will move on by itself."""
    stays = submission.state == State.ACCEPTED and submission.mode != Mode.LIVE
    return State(submission.state) in UNSETTLED and not stays


def _wanted_wait(request: Request) -> int:
    """The seconds in `Prefer: wait=30` (RFC 7240)."""
    for wish in request.headers.get("Prefer", "").split(","):
        name, _, value = wish.strip().partition("=")
        if name.lower() == "wait" and value.isascii() and value.isdigit():
            return min(int(value[:4]), LONGEST_WAIT)
    return 0
