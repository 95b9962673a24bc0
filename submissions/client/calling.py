"""Talk to the portal: send, follow, ask. Try again what may be tried again, as long as it says."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from submissions.client.endings import BY_STATUS, Ending, Exit
from submissions.client.packing import STEP, Package

TRIES = 5
LONGEST_PAUSE = 60.0
SETTLED = frozenset(
    {
        *("transferred", "rejected", "failed", "quarantined"),
        *("superseded", "withdrawn", "refused", "incomplete"),
    }
)
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Portal:
    """The portal, and the right by which it is spoken to."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Portal({self.url!r})"


def submit(
    portal: Portal, package: Package, query: dict[str, str], progress: Progress
) -> dict[str, Any]:
    """Send a package; sent twice on a day, it is taken in once. Raises Ending."""

    def body() -> Iterator[bytes]:
        package.stream.seek(0)
        while data := package.stream.read(STEP):
            yield data
            progress(len(data))

    today = datetime.now(UTC).date()
    name = f"{query.get('provider', '')}-{query.get('mode', '')}-{today}-{package.digest.hex()}"
    headers = {**package.headers, "Idempotency-Key": name}
    return _ask(
        portal,
        lambda client: client.post("/submissions", params=query, headers=headers, content=body()),
    )


def follow(portal: Portal, reference: str, seconds: float) -> dict[str, Any]:
    """Ask for a submission, and wait until it is settled or the seconds are over."""
    ends = time.monotonic() + seconds
    while True:
        left = max(0, min(30, int(ends - time.monotonic())))
        said = ask(portal, f"/submissions/{reference}", Prefer=f"wait={left}")
        if is_settled(said) or time.monotonic() >= ends:
            return said
        time.sleep(min(2.0, max(0.0, ends - time.monotonic())))


def is_settled(said: dict[str, Any]) -> bool:
    """Whether a submission will not move on by itself."""
    stays = said["state"] == "accepted" and said["mode"] != "live"
    return said["state"] in SETTLED or stays


def ask(portal: Portal, path: str, **headers: str) -> dict[str, Any]:
    """Read something. Raises Ending."""
    return _ask(portal, lambda client: client.get(path, headers=headers))


def tell(portal: Portal, path: str, said: dict[str, str], **query: str) -> dict[str, Any]:
    """Say something. Raises Ending."""
    return _ask(portal, lambda client: client.post(path, json=said, params=query))


def errors(portal: Portal, reference: str) -> Iterator[dict[str, Any]]:
    """Every error of a submission that the portal shows, page by page."""
    after: int | None = 0
    while after is not None:
        page = ask(portal, f"/submissions/{reference}/errors?after={after}")
        yield from page["errors"]
        after = page["next"]


def _ask(portal: Portal, call: Callable[[httpx.Client], httpx.Response]) -> dict[str, Any]:
    """Call, and call again where that may help. Raises Ending."""
    headers = {"Authorization": f"Bearer {portal.token}"}
    with httpx.Client(base_url=f"{portal.url}/api/v1", headers=headers, timeout=90) as client:
        for attempt in range(1, TRIES + 1):
            try:
                answer = call(client)
            except httpx.TransportError as fault:
                ending = Ending(Exit.TRY_AGAIN, f"The portal was not reached: {_kind(fault)}.")
                pause = 2.0**attempt
            else:
                if answer.is_success:
                    said: dict[str, Any] = answer.json()
                    return said
                ending, pause = _ending(answer), _pause(answer, attempt)
            if ending.code is not Exit.TRY_AGAIN or attempt == TRIES:
                raise ending
            time.sleep(min(pause, LONGEST_PAUSE))
    raise AssertionError("every way out of the loop returns or raises")


def _ending(answer: httpx.Response) -> Ending:
    """What a refusal means."""
    try:
        said = answer.json()
    except ValueError:
        said = {"title": f"The portal answered {answer.status_code}."}
    code = BY_STATUS.get(answer.status_code, Exit.UNEXPECTED)
    if answer.status_code == httpx.codes.CONFLICT and answer.headers.get("Retry-After"):
        code = Exit.TRY_AGAIN
    sentence = f"{said.get('title', '')}: {said.get('detail', '')}".strip(": ")
    return Ending(code, sentence, said)


def _pause(answer: httpx.Response, attempt: int) -> float:
    """How long to wait: as the portal says, or longer each time."""
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isdigit() else 2.0**attempt


def _kind(fault: Exception) -> str:
    """A fault of the network by its kind."""
    return type(fault).__name__
