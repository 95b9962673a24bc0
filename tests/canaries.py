"""Thirty made-up identifiers that must appear nowhere, and how to find one however disguised."""

import base64
import logging
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

_NINES = [f"99900{number:04}" for number in range(1, 40)]


def _check_digit(nine: str) -> int:
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(nine))
    return (11 - total % 11) % 11


NHS_NUMBERS = [f"{nine}{_check_digit(nine)}" for nine in _NINES if _check_digit(nine) < 10][:10]
PATIENTS = [f"CANARYPATIENT{number:02}" for number in range(10)]
REFERRALS = [f"CANARYREFERRAL{number:02}" for number in range(10)]
CANARIES = [*NHS_NUMBERS, *PATIENTS, *REFERRALS]


@cache
def disguises(canary: str) -> tuple[bytes, ...]:
    """The bytes by which a canary would be known: plain, spaced, reversed, wide, hex, base64."""
    plain = canary.encode()
    spaced = f"{canary[:3]} {canary[3:6]} {canary[6:]}".encode()
    wide = canary.encode("utf-16-le")
    forms = [plain, spaced, plain[::-1], wide, plain.hex().encode(), wide.hex().encode()]
    return (*forms, plain.hex().upper().encode(), *_in_base64(plain))


def _in_base64(plain: bytes) -> Iterable[bytes]:
    """What of base64 is the same whatever stands around the text, at each of three offsets."""
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + plain)
        yield coded[(0, 2, 3)[offset] + (1 if offset else 0) : -4]


def found_in(data: bytes) -> set[str]:
    """The canaries that are in the data, in any disguise."""
    return {one for one in CANARIES if any(form in data for form in disguises(one))}


# What logging itself writes into a record: numbers of threads and clocks, which may by chance
# hold the ten digits of a canary.
_CLOCKWORK = ("created", "msecs", "relativeCreated", "thread", "process")


class Listener(logging.Handler):
    """Hears every log line of the whole run."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        words = {key: said for key, said in record.__dict__.items() if key not in _CLOCKWORK}
        said = [record.getMessage(), repr(words)]
        if record.exc_info and record.exc_info[1]:
            said.append(repr(record.exc_info[1]))
        names = found_in("\n".join(said).encode())
        self.heard |= {f"{record.name}: {name}" for name in names}


@pytest.fixture(scope="session", autouse=True)
def no_canary_in_any_log():
    """After the whole run: no log line, of Python or of PostgreSQL, held a canary."""
    listener = Listener()
    logging.getLogger().addHandler(listener)
    yield
    logging.getLogger().removeHandler(listener)
    assert listener.heard == set()
    servers = Path(os.environ.get("PORTAL_THROWAWAY", "/nonexistent"))
    for log in servers.rglob("log"):
        if log.is_file():
            assert found_in(log.read_bytes()) == set(), log.parent.name
