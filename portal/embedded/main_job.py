"""The main job: a synthetic day of two providers, from the API to their dashboards."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from portal.embedded.visiting import Refused, charts_on, sign_in

DAY = "2024-03-05"
VERSION = "2.0"
_ARRIVED = "transferred"
_ENDED = {_ARRIVED, "rejected", "failed", "quarantined", "superseded", "withdrawn"}
_PATIENCE = 600.0
_PAUSE = 0.5
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
class Day:
    """How large a synthetic day is, and which share of its records is faulty."""

    patients: int
    errors: float


def main(words: Sequence[str]) -> int:
    """Send every provider's day, wait until it can be seen, and return the exit code."""
    parser = argparse.ArgumentParser("main_job")
    parser.add_argument("--patients", type=int, default=500)
    parser.add_argument("--errors", type=float, default=0.0)
    options = parser.parse_args(words)
    journeys = [Journey(**one) for one in json.loads(os.environ["JOURNEYS"])]
    begun = time.monotonic()
    try:
        travel(journeys, Day(options.patients, options.errors))
    except (Unfinished, Refused, httpx.HTTPError, subprocess.CalledProcessError) as trouble:
        _say(f"The main job failed: {type(trouble).__name__}: {trouble}")
        return 1
    _say(f"The main job is done: {time.monotonic() - begun:.1f} s from first file to last chart.")
    return 0


def travel(journeys: Sequence[Journey], day: Day) -> None:
    """Take the days of all providers through every step; both are under way together."""
    with tempfile.TemporaryDirectory() as folder:
        packages = [_synthesise(one, day, Path(folder)) for one in journeys]
        references = [_submit(one, at) for one, at in zip(journeys, packages, strict=True)]
    for journey, reference in zip(journeys, references, strict=True):
        _until_transferred(journey, reference)
    for journey in journeys:
        _until_seen(journey)


def _synthesise(journey: Journey, day: Day, folder: Path) -> Path:
    """Return the zip of a provider's synthetic day, made from the specification alone."""
    begun, into = time.monotonic(), folder / journey.provider
    choices = {
        "version": VERSION,
        "provider": journey.provider,
        "date": DAY,
        "patients": day.patients,
        "errors": day.errors,
        "seed": 1,
        "into": into,
    }
    words = [f"--{name}={value}" for name, value in choices.items()]
    command = [sys.executable, "-m", "portal.specification", "synthesise", "--zip", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    package = next(into.rglob("*.zip"))
    size = package.stat().st_size / 1e6
    _tell(journey, f"synthetic day of {DAY}, {day.patients} patients, {size:.1f} MB zipped", begun)
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
