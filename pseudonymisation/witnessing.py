"""Remember every key by its check value, so that a wrong key is never used in silence."""

from collections.abc import Mapping

from pseudonymisation.key_stores import load_ring
from pseudonymisation.keys import KeyRing
from pseudonymisation.models import KeyWitness


def check_values() -> Mapping[int, str]:
    """The check value of every key that was seen, by epoch."""
    return dict(KeyWitness.objects.values_list("epoch", "check_value"))


def witnessed_ring(keys_url: str) -> KeyRing:
    """The key ring, if no key in it is another than before; keys not seen yet are remembered.

    Raises KeyFault: WRONG_KEY, KEY_MISSING, or what the key store says.
    """
    ring = load_ring(keys_url, check_values())
    witness(ring)
    return ring


def witness(ring: KeyRing) -> None:
    """Remember the keys of a ring by their check values."""
    KeyWitness.objects.bulk_create(
        [
            KeyWitness(epoch=epoch, check_value=value)
            for epoch, value in ring.check_values().items()
        ],
        ignore_conflicts=True,
    )


def active_epoch(keys_url: str) -> int:
    """The epoch that new pseudonyms are made in. Raises KeyFault as `witnessed_ring` does."""
    return witnessed_ring(keys_url).active.epoch
