"""Send a child process on an errand, with bounded memory and time."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BEAT_SECONDS = 1.0
# What a child has no use for: it knows no database, no broker and no session.
WITHHELD = ("DATABASE_URL", "SECRET_KEY", "BROKER_URL", "DJANGO_SETTINGS_MODULE")


class ErrandFailed(Exception):
    """A child that died, ran out of memory or time, or met a fault, told by its kind."""

    def __init__(self, fault: str, code: str = "", through: tuple[str, ...] = ()) -> None:
        super().__init__(f"{fault} {code}".strip())
        self.fault = fault
        self.code = code
        self.through = through


def run(
    errand: str,
    order: Mapping[str, Any],
    *,
    seconds: float,
    memory: int,
    beat: Callable[[], None],
) -> dict[str, Any]:
    """Have an errand done in a child process and return its answer.

    `beat` is called every second meanwhile; when it raises, the child is ended. Raises
    ErrandFailed.
    """
    child = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "submissions.errands", errand],
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    bounds = {"memory": memory, "parent": os.getpid()}
    try:
        output = _wait(child, json.dumps({**order, **bounds}).encode(), seconds, beat)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    return _answer(child.returncode, output)


def _wait(
    child: "subprocess.Popen[bytes]", order: bytes, seconds: float, beat: Callable[[], None]
) -> bytes:
    """Wait for a child's answer. Raises ErrandFailed when its time is over."""
    ends = time.monotonic() + seconds
    pending: bytes | None = order
    while time.monotonic() < ends:
        with suppress(subprocess.TimeoutExpired):
            return child.communicate(pending, timeout=BEAT_SECONDS)[0]
        pending = None
        beat()
    raise ErrandFailed("TimeOver")


def _answer(code: int, output: bytes) -> dict[str, Any]:
    """Read a child's answer. Raises ErrandFailed when it has none, or tells of a fault."""
    if code != 0 or not output:
        raise ErrandFailed("ChildDied", str(code))
    answer: dict[str, Any] = json.loads(output)
    if "fault" in answer:
        raise ErrandFailed(answer["fault"], answer["code"], tuple(answer["through"]))
    return answer


def _environment() -> dict[str, str]:
    """The environment of a child: ours without what it has no use for."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not any(withheld in name for withheld in WITHHELD)
    }
    return {**kept, "POLARS_MAX_THREADS": "1", "PYTHONPATH": str(ROOT)}
