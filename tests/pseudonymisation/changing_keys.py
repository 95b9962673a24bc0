"""What tests of a change of keys share: two days, the national side, and what it answers."""

import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path

from portal.handover import acknowledgements, open_handover
from portal.manifests import TransferKind, read_verify_key, transfer_id
from portal.scope import provider_scope
from pseudonymisation.key_stores import load_ring, save_ring
from pseudonymisation.keys import with_active, with_new_key
from pseudonymisation.sending import send, send_rotation
from tests.pseudonymisation.days import Door, day_of
from viewer.models import RECORD_MODELS, Arrival

DAYS = {date(2024, 3, 5): uuid.UUID(int=5), date(2024, 3, 6): uuid.UUID(int=6)}
Patient = RECORD_MODELS["CYP001MPI"]


def send_day(door: Door, day: date, epoch: int) -> uuid.UUID:
    submission = DAYS[day]
    sending = door.sending(
        submission=submission,
        transfer=transfer_id(submission, TransferKind.RECORDS, 1, epoch),
        period_start=day,
        period_end=day,
        key_epoch=epoch,
    )
    return send(replace(sending, report=None), day_of()).transfer


def send_switch(door: Door, transfers, epoch: int) -> uuid.UUID:
    return send_rotation(
        door.sending(
            transfer=transfer_id(uuid.UUID(int=1), TransferKind.ROTATION, 0, epoch),
            key_epoch=epoch,
        ),
        transfers,
    ).transfer


def new_key(door: Door, *, wrap: bool = False, epoch: int = 2) -> None:
    wraps = epoch - 1 if wrap else None
    ring = with_new_key(load_ring(door.keys_url), "2024-04-01", wraps=wraps)
    save_ring(door.keys_url, with_active(ring, epoch))


def people() -> set[str]:
    with provider_scope("Z9A", using="default"):
        held = Patient.objects.exclude(Person_Pseudo=None)
        return {str(one) for one in held.values_list("Person_Pseudo", flat=True)}


def counted() -> dict[str, int]:
    with provider_scope("Z9A", using="default"):
        return {name: model.objects.count() for name, model in RECORD_MODELS.items()}


def states() -> list[str]:
    return sorted(Arrival.objects.values_list("state", flat=True))


def answers(door: Door, settings) -> dict[uuid.UUID, str]:
    key = read_verify_key(Path(settings.NATIONAL_VERIFY_KEY_FILE))
    found = acknowledgements(open_handover(door.handover_url), key, door.folder / "answers")
    return {one.transfer: f"{one.outcome.value} {one.code}".strip() for one in found}
