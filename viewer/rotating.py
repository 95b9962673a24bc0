"""Take a provider's records over into a new epoch of the pseudonym key, all at once."""

import json
from collections.abc import Callable, Iterator
from uuid import UUID

from django.db.models import Max

from portal.manifests import BrokenSeal, Origin, TransferKind
from portal.transfers import Transfer
from viewer import wrapping
from viewer.loading import forget_patients, name_patients
from viewer.models import RECORD_MODELS, Arrival, Slot
from viewer.patients import patient_table
from viewer.relations import newest_data_set
from viewer.states import ArrivalState

ABOUT_RECORDS = (TransferKind.RECORDS, TransferKind.WITHDRAWAL, TransferKind.ERASURE)


class Held(Exception):
    """A transfer of a later epoch, which waits until the provider's keys have changed."""


def current_epoch() -> int | None:
    """The epoch of the records of the provider in scope, or None where it has none yet."""
    held: int | None = Slot.objects.aggregate(newest=Max("key_epoch"))["newest"]
    return held


def hold_unless_due(origin: Origin) -> None:
    """Let a transfer of the current epoch pass. Raises Held, or BrokenSeal EPOCH for an old one."""
    current = current_epoch()
    if current is None or origin.kind not in ABOUT_RECORDS or origin.key_epoch == current:
        return
    if origin.key_epoch > current:
        raise Held
    raise BrokenSeal("EPOCH")


def rotate(
    rotation: Transfer,
    opened: Callable[[UUID], Transfer],
    replace: Callable[[Transfer, Slot | None], int],
) -> int:
    """Replace every period's records by those of the new epoch and return how many rows.

    The rotation lists the transfers of the new epoch, or tells the new names of the pseudonyms
    held. The caller is inside the provider's scope and a transaction. Raises BrokenSeal:
    INCOMPLETE if old pseudonyms would be kept, and Asked where the new names are needed first.
    """
    epoch = rotation.origin.key_epoch
    if epoch == current_epoch():
        return 0
    old = Slot.objects.filter(key_epoch__lt=epoch)
    if json.loads(rotation.report or b"{}").get("wraps"):
        rows = wrapping.wrap(rotation)
    else:
        rows = sum(_take_over(rotation.origin, opened(one), replace) for one in _listed(rotation))
        if old.filter(withdrawn=False).exists():
            raise BrokenSeal("INCOMPLETE")
    old.update(key_epoch=epoch)
    _rename_patients(rotation.origin.provider)
    Arrival.objects.filter(state=ArrivalState.HELD).update(state=ArrivalState.PENDING, attempts=0)
    return rows


def _rename_patients(provider: str) -> None:
    """Give the patients new display pseudonyms, and forget those of the old epoch."""
    data_set = newest_data_set()
    model = RECORD_MODELS[patient_table(data_set).name]
    forget_patients(data_set, model)
    name_patients(data_set, model, provider)


def _take_over(
    rotation: Origin, transfer: Transfer, replace: Callable[[Transfer, Slot | None], int]
) -> int:
    origin = transfer.origin
    if origin.provider != rotation.provider:
        raise BrokenSeal("PROVIDER")
    if origin.key_epoch != rotation.key_epoch:
        raise BrokenSeal("EPOCH")
    slot = Slot.objects.filter(
        period_start=origin.period_start, period_end=origin.period_end
    ).first()
    return replace(transfer, slot)


def _listed(rotation: Transfer) -> Iterator[UUID]:
    said = json.loads(rotation.report or b"{}")
    return (UUID(one) for one in said.get("transfers", ()))
