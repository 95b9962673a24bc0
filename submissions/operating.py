"""What operators see of the collection: the queue, what is stuck, who sent what on which day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import cast

from django.contrib import messages
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from portal.access import with_power
from portal.models import Provider, User
from portal.operations import Act, Panel, Row, add_panel
from portal.wording import moment, short_day
from submissions.acts import retry as try_again
from submissions.models import Submission
from submissions.states import CAME_TO_NOTHING, ForbiddenMove, Mode, State

DAYS = 14
STUCK = (State.FAILED, State.QUARANTINED)
_SIGNS: Mapping[str, str] = {
    State.TRANSFERRED: "sent",
    State.REJECTED: "rejected",
    State.FAILED: "failed",
    State.QUARANTINED: "aside",
}


def show_panels() -> None:
    """Put the room's panels on the operators' page."""
    for maker in (queue, stuck, days):
        add_panel(maker)


def queue() -> Panel:
    """Count the submissions in each state that is on the way, with the oldest."""
    resting = {*CAME_TO_NOTHING, *STUCK, State.TRANSFERRED, State.SUPERSEDED, State.WITHDRAWN}
    counted = (
        Submission.objects.exclude(state__in=resting)
        .values_list("state")
        .annotate(count=Count("id"), oldest=Min("started_at"))
        .order_by("oldest")
    )
    rows = tuple(
        Row((str(State(state).label), str(count), moment(oldest)))
        for state, count, oldest in counted
    )
    return Panel("On the way", ("State", "How many", "Oldest"), rows, "Nothing is on the way.")


def stuck() -> Panel:
    """List what stopped, why in plain words, and the button that has it tried again."""
    found = Submission.objects.filter(state__in=STUCK).prefetch_related("moves")[:50]
    columns = ("Submission", "Provider", "State", "Why", "Attempts", "Act")
    return Panel("Stuck", columns, tuple(_stuck_row(one) for one in found), "Nothing is stuck.")


def days() -> Panel:
    """Show each provider's last days: what became of the newest submission for each."""
    last = timezone.localdate()
    shown = [last - timedelta(days=number) for number in reversed(range(DAYS))]
    newest = _newest(shown[0])
    rows = tuple(
        Row((provider.code, *(newest.get((provider.code, day), "–") for day in shown)))
        for provider in Provider.objects.filter(left_on=None)
    )
    columns = ("Provider", *(short_day(day) for day in shown))
    return Panel(f"Last {DAYS} days", columns, rows, "There is no provider yet.")


@require_POST
@with_power("operate_collection")
def retry(request: HttpRequest, reference: str) -> HttpResponse:
    """Have a submission that stopped tried again."""
    found = get_object_or_404(Submission, reference=reference)
    try:
        try_again(found, by=f"person:{cast('User', request.user).pk}")
    except ForbiddenMove as refusal:
        messages.error(request, str(refusal))
    return redirect("portal:operations")


def _stuck_row(stopped: Submission) -> Row:
    moves = list(stopped.moves.all())
    because = moves[-1].because if moves else ""
    address = reverse("submissions:operations_retry", kwargs={"reference": stopped.reference})
    cells = (
        stopped.reference,
        stopped.provider_id,
        str(State(stopped.state).label),
        because,
        str(stopped.attempts),
    )
    return Row(cells, Act("Try again", address))


def _newest(first: date) -> Mapping[tuple[str, date], str]:
    """Return what became of the newest live submission of each provider and day."""
    sent = (
        Submission.objects.filter(mode=Mode.LIVE, period_end__gte=first)
        .exclude(state__in=CAME_TO_NOTHING)
        .order_by("started_at")
        .values_list("provider", "period_end", "state")
    )
    return {(code, day): _SIGNS.get(state, "working") for code, day, state in sent if day}
