"""The main job: synthetic days of two providers, from the API to their dashboards."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import httpx

from portal.embedded.visiting import Refused, charts_on, sign_in
from portal.specification import version_in_force

DATA_SET = "community_pilot"
LAST_DAY = date(2024, 3, 5)
_ARRIVED = "transferred"
_ENDED = {_ARRIVED, "rejected", "failed", "quarantined", "superseded", "withdrawn"}
_PATIENCE = 600.0
_PAUSE = 0.5
_UNDER_WAY = 16  # submissions; a provider may have 20 in progress
_T = TypeVar("_T")


class Unfinished(Exception):
    """The main job did not come to its end; the message says where it stands."""


@dataclass(frozen=True)
class Journey:
    """What one provider's day needs: where it is sent, by what right, and who looks at it."""

    provider: str
    agem: str
    national: str
    token_file: str
    viewer: str
    password: str


@dataclass(frozen=True)
class Wanted:
    """Which synthetic days are sent, how large each is, and which share of it is faulty."""

    days: tuple[date, ...]
    patients: int
    errors: float


def main(words: Sequence[str]) -> int:
    """Send every provider's days, wait until they can be seen, and return the exit code."""
    parser = argparse.ArgumentParser("main_job")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--patients", type=int, default=500)
    parser.add_argument("--errors", type=float, default=0.0)
    options = parser.parse_args(words)
    journeys = [Journey(**one) for one in json.loads(os.environ["JOURNEYS"])]
    begun = time.monotonic()
    try:
        travel(journeys, Wanted(days(options.days), options.patients, options.errors))
    except (Unfinished, Refused, httpx.HTTPError, subprocess.CalledProcessError) as trouble:
        _say(f"The main job failed: {type(trouble).__name__}: {trouble}")
        return 1
    _say(f"The main job is done: {time.monotonic() - begun:.1f} s from first file to last chart.")
    return 0


def days(number: int) -> tuple[date, ...]:
    """Return so many consecutive days, the oldest first."""
    return tuple(LAST_DAY - timedelta(days=back) for back in reversed(range(number)))


def travel(journeys: Sequence[Journey], wanted: Wanted) -> None:
    """Take the days of all providers through every step; several are under way together."""
    under_way: deque[tuple[Journey, str]] = deque()
    for day in wanted.days:
        for journey in journeys:
            if len(under_way) == _UNDER_WAY:
                _until_transferred(*under_way.popleft())
            under_way.append((journey, _send(journey, day, wanted)))
    for journey, reference in under_way:
        _until_transferred(journey, reference)
    for journey in journeys:
        _until_seen(journey)


def _send(journey: Journey, day: date, wanted: Wanted) -> str:
    """Make a provider's synthetic day, send it, and return the submission's reference."""
    with tempfile.TemporaryDirectory() as folder:
        return _submit(journey, _synthesise(journey, day, wanted, Path(folder)))


def _synthesise(journey: Journey, day: date, wanted: Wanted, into: Path) -> Path:
    """Return the zip of a provider's synthetic day, made from the specification alone."""
    begun, version = time.monotonic(), version_in_force(DATA_SET, day)
    if version is None:
        raise Unfinished(f"No version of the data set is in force on {day}.")
    choices = {
        "version": version,
        "provider": journey.provider,
        "date": day,
        "patients": wanted.patients,
        "errors": wanted.errors,
        "seed": 1,
        "into": into,
    }
    words = [f"--{name}={value}" for name, value in choices.items()]
    command = [sys.executable, "-m", "portal.specification", "synthesise", "--zip", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    package = next(into.rglob("*.zip"))
    size = package.stat().st_size / 1e3
    _tell(journey, f"synthetic {day}, {wanted.patients} patients, {size:,.0f} kB zipped", begun)
    return package


def _submit(journey: Journey, package: Path) -> str:
    """Send the day over the API, and return the submission's reference."""
    begun = time.monotonic()
    headers = _authority(journey) | {
        "Content-Type": "application/zip",
        "Content-Disposition": 'attachment; filename="day.zip"',
    }
    with package.open("rb") as body:
        answer = httpx.post(
            f"{journey.agem}/api/v1/submissions", content=body, headers=headers, timeout=300
        )
    if not answer.is_success:
        raise Unfinished(f"{journey.provider} was refused ({answer.status_code}): {answer.text}")
    reference = str(answer.json()["reference"])
    _tell(journey, f"submitted as {reference}", begun)
    return reference


def _until_transferred(journey: Journey, reference: str) -> None:
    """Follow a submission until the national side has acknowledged it."""
    begun, url = time.monotonic(), f"{journey.agem}/api/v1/submissions/{reference}"
    with httpx.Client(headers=_authority(journey), timeout=30) as client:
        state = _wait(lambda: _state(client, url), lambda state: state in _ENDED)
    if state != _ARRIVED:
        raise Unfinished(f"{journey.provider} {reference} is {state}.")
    _tell(journey, f"{reference} checked, pseudonymised and transferred", begun)


def _until_seen(journey: Journey) -> None:
    """Look, as the provider's own viewer, until the dashboard draws the data."""
    begun = time.monotonic()
    with sign_in(journey.national, journey.viewer, journey.password) as visitor:
        charts = _wait(lambda: charts_on(visitor, journey.provider), lambda number: number > 0)
    _tell(journey, f"{charts} charts on the dashboard of {journey.viewer}", begun)


def _state(client: httpx.Client, url: str) -> str:
    answer = client.get(url)
    answer.raise_for_status()
    return str(answer.json()["state"])


def _wait(ask: Callable[[], _T], enough: Callable[[_T], bool]) -> _T:
    deadline = time.monotonic() + _PATIENCE
    while not enough(answer := ask()):
        if time.monotonic() > deadline:
            raise Unfinished(f"Nothing more happened within {_PATIENCE:.0f} s (last: {answer}).")
        time.sleep(_PAUSE)
    return answer


def _authority(journey: Journey) -> dict[str, str]:
    token = Path(journey.token_file).read_text(encoding="utf-8").strip()
    return {"Authorization": f"Bearer {token}"}


def _tell(journey: Journey, what: str, begun: float) -> None:
    _say(f"  {journey.provider}  {time.monotonic() - begun:6.1f} s  {what}")


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
