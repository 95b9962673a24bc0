"""People of the viewer's benchmark, and what they ask of the national web server over HTTP."""

import http.client
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

Place = tuple[str, int]
Person = tuple[str, "Client"]
PATIENCE = 60
OK = 200


def sign_in(email: str, code: str) -> "Client":
    """Return the browser of a person who may see a provider's records and has said why."""
    from django.test import Client  # noqa: PLC0415 - Django stands by now

    from portal.grants import grant  # noqa: PLC0415
    from portal.models import Agreement, Provider, User  # noqa: PLC0415

    provider, _ = Provider.objects.get_or_create(
        code=code, defaults={"name": f"Measured {code}", "opted_in_on": "2023-04-01"}
    )
    person, new = User.objects.get_or_create(email=email)
    if new:
        Agreement.objects.create(provider=provider, accepted_by=person)
        grant(person, "record_viewer", by=None, reason="measured", provider=provider)
    client = Client()
    client.force_login(person)
    client.post(f"/providers/{code}/records/purpose/", {"purpose": "quality"})
    return client


def ask_one_by_one(
    place: Place, server: int, person: Person, times: int
) -> tuple[list[float], float]:
    """Open a dashboard again and again; return milliseconds each, and of the processor each."""
    code, client = person
    _wait(place)
    path = f"/providers/{code}/"
    for _ in range(3):
        _ask(place, path, client)
    before, wall = _used(server), []
    for _ in range(times):
        begun = time.perf_counter()
        _ask(place, path, client)
        wall.append(1000 * (time.perf_counter() - begun))
    return wall, (_used(server) - before) / times


def ask_at_a_rate(
    place: Place, server: int, people: Sequence[Person], rate: int, seconds: int
) -> tuple[list[float], float]:
    """Open pages of records at a rate, however long each takes, as people who do not wait.

    A request's time runs from the moment at which it was due.
    """
    begun, before = time.perf_counter() + 1, _used(server)

    def one(number: int) -> float:
        due = begun + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        code, client = people[number % len(people)]
        _ask(place, f"/providers/{code}/records/CYP201CareContact/", client)
        return 1000 * (time.perf_counter() - due)

    with ThreadPoolExecutor(len(people)) as askers:
        wall = list(askers.map(one, range(rate * seconds)))
    return wall, (_used(server) - before) / len(wall)


def _ask(place: Place, path: str, client: "Client") -> None:
    """Ask for a page as a signed-in browser. Ends the benchmark when it is not shown."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    connection = http.client.HTTPConnection(*place, timeout=PATIENCE)
    connection.request("GET", path, headers={"Cookie": cookies})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != OK:
        raise SystemExit(f"{path} answers {answer.status} {answer.getheader('Location') or ''}")


def _wait(place: Place) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection(*place, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == OK:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The national web server does not answer.")


def _used(server: int) -> float:
    """Return the processor time of a server and its workers so far, in milliseconds."""
    spent = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
            if server in (int(folder.name), int(parent)):
                for thread in folder.glob("task/*/schedstat"):
                    spent += int(thread.read_text(encoding="ascii").split()[0])
        except OSError:
            continue
    return spent / 1e6
