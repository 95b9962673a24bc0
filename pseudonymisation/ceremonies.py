"""What people do to keys: make one alone; activate or destroy one only as two."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal import audit
from portal.access import has_power
from portal.models import User
from pseudonymisation.key_stores import save_ring
from pseudonymisation.keys import KeyRing, KeyState, with_active, with_new_key, without_key
from pseudonymisation.models import Ceremony
from pseudonymisation.witnessing import witness, witnessed_ring

KEEPERS_POWER = "administer"


class NotAKeeper(Exception):
    """A person who may not take part in a ceremony, or who would take both parts."""


@transaction.atomic
def make_key(by: User, *, wrap: bool = False) -> int:
    """Make the key of the next epoch, pending, and return its epoch.

    With `wrap` it will hash the pseudonyms of the active key instead of the values themselves.
    Raises NotAKeeper or KeyFault.
    """
    _refuse_strangers(by)
    ring = _ring()
    wraps = ring.active.epoch if wrap else None
    ring = with_new_key(ring, datetime.now(UTC).isoformat(timespec="seconds"), wraps=wraps)
    epoch = ring.keys[-1].epoch
    audit.record(audit.Event.KEY_CHANGED, actor=by, act="make", epoch=epoch, wraps=wraps)
    _save(ring)
    return epoch


@transaction.atomic
def propose(act: Ceremony.Act, epoch: int, *, by: User, because: str) -> Ceremony:
    """Ask for an act on a key; it happens when a second person confirms it.

    Raises NotAKeeper, or KeyFault when the key is in no state for the act.
    """
    _refuse_strangers(by)
    _done(act, _ring(), epoch)
    ceremony = Ceremony.objects.create(act=act, epoch=epoch, proposed_by=by, because=because)
    audit.record(audit.Event.KEY_CHANGED, actor=by, act=f"propose {act}", epoch=epoch)
    return ceremony


@transaction.atomic
def confirm(act: Ceremony.Act, epoch: int, *, by: User) -> Ceremony:
    """Confirm, as the second person, what another has asked for, and do it.

    Raises Ceremony.DoesNotExist, NotAKeeper or KeyFault.
    """
    _refuse_strangers(by)
    open_ones = Ceremony.objects.select_for_update().filter(confirmed_at=None)
    ceremony = open_ones.get(act=act, epoch=epoch)
    if ceremony.proposed_by_id == by.pk:
        raise NotAKeeper("A second person has to confirm.")
    ceremony.confirmed_by, ceremony.confirmed_at = by, timezone.now()
    ceremony.save(update_fields=["confirmed_by", "confirmed_at"])
    audit.record(audit.Event.KEY_CHANGED, actor=by, act=f"confirm {act}", epoch=epoch)
    _save(_done(act, _ring(), epoch))
    return ceremony


def states() -> dict[int, KeyState]:
    """The state of every key, by epoch."""
    return {key.epoch: key.state for key in _ring().keys}


def _done(act: Ceremony.Act, ring: KeyRing, epoch: int) -> KeyRing:
    if act == Ceremony.Act.ACTIVATE:
        return with_active(ring, epoch)
    return without_key(ring, epoch)


def _ring() -> KeyRing:
    return witnessed_ring(settings.PSEUDONYM_KEYS_URL)


def _save(ring: KeyRing) -> None:
    """Keep the ring last of all, so that what cannot be written down is not done."""
    witness(ring)
    save_ring(settings.PSEUDONYM_KEYS_URL, ring)


def _refuse_strangers(person: User) -> None:
    if not has_power(person, KEEPERS_POWER):
        raise NotAKeeper("Only an administrator takes part in a ceremony.")
