"""What operators of the national side see: the transfers that came, and those that were not loaded.

The web server only reads here: a transfer is sent again from the collection side.
"""

from collections.abc import Mapping

from django.db.models import Count, Max

from portal.operations import Panel, Row, add_panel
from portal.wording import moment
from viewer.models import Arrival
from viewer.states import ArrivalState

MOST = 50
NOT_LOADED = (ArrivalState.BROKEN, ArrivalState.QUARANTINED)
WHAT_TO_DO: Mapping[str, str] = {
    ArrivalState.BROKEN: "Nothing of it was loaded, and the collection side was told. Find out who "
    "may write to the hand-over store, then have the submission tried again there.",
    ArrivalState.QUARANTINED: "It failed three times. Look for its number in the worker's lines, "
    "mend the cause, then have the submission tried again on the collection side.",
}


def show_panels() -> None:
    """Put the room's panels on the operators' page."""
    for maker in (transfers, not_loaded):
        add_panel(maker)


def transfers() -> Panel:
    """Count the transfers in each state, with the newest of each."""
    counted = (
        Arrival.objects.values_list("state")
        .annotate(count=Count("pk"), newest=Max("arrived_at"))
        .order_by("state")
    )
    rows = tuple(
        Row((ArrivalState(state).label, f"{count:,}", moment(newest)))
        for state, count, newest in counted
    )
    return Panel("Transfers", ("State", "How many", "Newest came"), rows, "None has come yet.")


def not_loaded() -> Panel:
    """List the transfers that were refused or set aside, why, and what to do about it."""
    found = Arrival.objects.filter(state__in=NOT_LOADED).order_by("-arrived_at")[:MOST]
    rows = tuple(
        Row(
            (
                str(one.transfer),
                moment(one.arrived_at),
                ArrivalState(one.state).label,
                one.fault or "–",
                str(one.attempts),
                WHAT_TO_DO[one.state],
            )
        )
        for one in found
    )
    columns = ("Transfer", "Came", "What happened", "Code", "Attempts", "What to do")
    return Panel("Transfers that were not loaded", columns, rows, "Every transfer was loaded.")
