"""How much is taken at once, and when a sender is asked to come again later."""

from django.conf import settings
from django.db.models import Count, Q

from portal.models import Provider
from submissions.landing import current_store
from submissions.models import Submission
from submissions.refusals import Busy, NoSpace, TooMany
from submissions.states import DUE, State

AGAIN_SOON = 30
AGAIN_LATER = 300


def check_room(provider: Provider) -> None:
    """Refuse an upload that there is no room for. Raises TooMany, Busy or NoSpace."""
    if current_store().place.free_share() < settings.STORE_LOW_WATER:
        raise NoSpace("Try again later; the operators have been told.", retry_after=AGAIN_LATER)
    waiting = Submission.objects.filter(state__in=[State.RECEIVING, *DUE]).exclude(
        Q(state=State.ACCEPTED) & ~Q(mode="live")
    )
    counts = waiting.aggregate(everybody=Count("pk"), own=Count("pk", filter=Q(provider=provider)))
    if counts["own"] >= settings.SUBMISSIONS_IN_FLIGHT_PER_PROVIDER:
        raise TooMany(
            f"{counts['own']} submissions of this provider are in progress. Wait for one to end.",
            retry_after=AGAIN_SOON,
        )
    if counts["everybody"] >= settings.SUBMISSIONS_IN_FLIGHT:
        raise Busy("Try again in some minutes.", retry_after=AGAIN_LATER)
