"""The states in which a transfer can be on the national side."""

from enum import StrEnum


class ArrivalState(StrEnum):
    """Where a transfer is between the hand-over store and the records."""

    PENDING = "pending"
    HELD = "held"
    LOADED = "loaded"
    STALE = "stale"
    BROKEN = "broken"
    QUARANTINED = "quarantined"

    @property
    def label(self) -> str:
        """What the state means, in words."""
        return {
            "pending": "Waiting to be loaded",
            "held": "Held until the provider's keys have changed",
            "loaded": "Loaded",
            "stale": "Overtaken by a later version",
            "broken": "Seal broken: not loaded",
            "quarantined": "Set aside after repeated failures",
        }[self.value]
