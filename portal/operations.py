"""What operators see: panels that each room adds to, and the banners that everybody sees."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from portal.audit import Event
from portal.models import AccessRequest, AuditEvent, Banner, Provider
from portal.models.access import RequestState

BANNERS, BANNER_SECONDS = "banners", 30


@dataclass(frozen=True)
class Act:
    """Something an operator may do about a row: the word on the button, and where it is sent."""

    word: str
    address: str


@dataclass(frozen=True)
class Row:
    """One row of a panel, and what may be done about it."""

    cells: tuple[str, ...]
    act: Act | None = None


@dataclass(frozen=True)
class Panel:
    """One table of the operators' page; with no rows, its sentence for that."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    nothing: str


_makers: list[Callable[[], Panel]] = []


def add_panel(maker: Callable[[], Panel]) -> None:
    """Let a room show a panel to the operators of its instance."""
    if maker not in _makers:
        _makers.append(maker)


def panels() -> tuple[Panel, ...]:
    """Return the panels of the rooms, and then the portal's own."""
    return (*(maker() for maker in _makers), _sign_in_panel(), _provider_panel())


def banners() -> tuple[str, ...]:
    """Return the sentences that stand on every page now; a new one is seen within half a minute."""
    kept = cache.get(BANNERS)
    if kept is None:
        now = timezone.now()
        standing = Banner.objects.filter(Q(ends=None) | Q(ends__gt=now), starts__lte=now)
        kept = tuple(standing.values_list("text", flat=True))
        cache.set(BANNERS, kept, BANNER_SECONDS)
    return tuple(kept)


def _sign_in_panel() -> Panel:
    """Count what may need a look about people, in the last day."""
    since = timezone.now() - timedelta(days=1)
    events = AuditEvent.objects.filter(at__gte=since)
    counted = (
        ("Failed sign-ins", events.filter(event=Event.SIGN_IN_FAILED).count()),
        ("Accounts locked", events.filter(event=Event.LOCKED_OUT).count()),
        ("Pages refused", events.filter(event=Event.REFUSED).count()),
        (
            "Requests for access that wait",
            AccessRequest.objects.filter(state=RequestState.WAITING).count(),
        ),
    )
    rows = tuple(Row((name, str(count))) for name, count in counted)
    return Panel("People, in the last day", ("What", "How many"), rows, "")


def _provider_panel() -> Panel:
    """List the providers that cannot take part yet, because nobody has accepted the agreement."""
    waiting = [one for one in Provider.objects.filter(left_on=None) if not one.has_agreed]
    rows = tuple(Row((one.code, one.name)) for one in waiting)
    return Panel(
        "Providers without an agreement", ("Code", "Name"), rows, "Every provider has agreed."
    )
