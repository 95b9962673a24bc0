"""How the client ends: one exit code for each thing a script may want to tell apart."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """The exit codes."""

    ACCEPTED = 0
    UNEXPECTED = 1
    USAGE = 2
    REJECTED = 3
    NOT_ALLOWED = 4
    TRY_AGAIN = 5


class Ending(Exception):
    """The end of a command: a code, a sentence for a person, and the answer for a script."""

    def __init__(self, code: Exit, sentence: str, said: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.said = said or {}


BY_STATUS = {
    401: Exit.NOT_ALLOWED,
    403: Exit.NOT_ALLOWED,
    404: Exit.NOT_ALLOWED,
    408: Exit.TRY_AGAIN,
    422: Exit.REJECTED,
    429: Exit.TRY_AGAIN,
    500: Exit.TRY_AGAIN,
    502: Exit.TRY_AGAIN,
    503: Exit.TRY_AGAIN,
    504: Exit.TRY_AGAIN,
    507: Exit.TRY_AGAIN,
}
BY_STATE = {
    "refused": Exit.REJECTED,
    "rejected": Exit.REJECTED,
    "incomplete": Exit.TRY_AGAIN,
    "failed": Exit.UNEXPECTED,
    "quarantined": Exit.UNEXPECTED,
}


def of_state(state: str) -> Exit:
    """The exit code of a submission's state."""
    return BY_STATE.get(state, Exit.ACCEPTED)
