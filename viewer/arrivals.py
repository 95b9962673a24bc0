"""Look into the hand-over store; the worker does it every two seconds, so it reads no frames."""

from uuid import UUID

from portal.handover import Shelf, pending
from viewer.models import Arrival
from viewer.states import ArrivalState


def note_arrivals(shelf: Shelf) -> bool:
    """Write down what has arrived, acknowledge again what was settled; say if any is due."""
    arrived = [UUID(one) for one in pending(shelf)]
    Arrival.objects.bulk_create(
        [Arrival(transfer=one) for one in arrived], ignore_conflicts=True, batch_size=1000
    )
    Arrival.objects.filter(
        transfer__in=arrived, state__in=[ArrivalState.LOADED, ArrivalState.STALE]
    ).update(state=ArrivalState.PENDING, attempts=0)
    return Arrival.objects.filter(state=ArrivalState.PENDING).exists()
