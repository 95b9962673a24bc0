# ruff: noqa: S608 - the SQL is made of constants
"""How fast the viewer reads at many rows and providers, and what row-level security costs.

    python benchmarks/viewing.py [--rows 10000000] [--providers 200]

Boots the product's PostgreSQL and national web server on a state of its own, which is filled once
and kept (state/viewing, 5 GB), and prints a table: wall-clock, processor time, bar, kept or missed.
Statements with and without row-level security take turns.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import md5
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg
from viewing_asking import ask_at_a_rate, ask_one_by_one, sign_in
from viewing_data import CONTACT, MEASURED, PORTS, REFERRAL, Size, admin, kept

from portal.embedded import processes
from portal.embedded.children import start, stop
from portal.embedded.databases import login
from portal.embedded.state import State
from tests.viewer import a_year

ROUNDS, RATE, SECONDS, PEOPLE, PAGE = 400, 20, 20, 20, 50
READER = "P100"
LATEST = a_year.FIRST_DAY + timedelta(days=a_year.DAYS - 1)
COUNTED = (
    "SELECT code, sum(value) FROM viewer_measurecount WHERE measure = %s AND split = %s"
    " AND day BETWEEN %s AND %s {own} GROUP BY code"
)
MONTH = ["contacts", "AttendanceStatus", date(2024, 2, 1), date(2024, 2, 29)]


def pseudonym(word: str) -> UUID:
    """Return a pseudonym as the rows were given it."""
    return UUID(md5(word.encode(), usedforsecurity=False).hexdigest())


# Each statement is asked under the policy, and with the provider named and no policy.
STATEMENTS: dict[str, tuple[str, Sequence[object]]] = {
    "page of 50": (
        f"SELECT * FROM {CONTACT} WHERE newest {{own}} ORDER BY id DESC LIMIT 51",
        [],
    ),
    "page of 50, far down": (
        f"SELECT * FROM {CONTACT} WHERE newest AND id < %s {{own}} ORDER BY id DESC LIMIT 51",
        [5_000_000],
    ),
    "page of 50, filtered": (
        f"""SELECT * FROM {CONTACT} WHERE newest AND "AttendanceStatus" = %s {{own}}
        ORDER BY id DESC LIMIT 51""",
        ["3"],
    ),
    "a filter that nothing meets": (
        f"""SELECT * FROM {CONTACT} WHERE newest AND "AttendanceStatus" = %s {{own}}
        ORDER BY id DESC LIMIT 51""",
        ["4"],
    ),
    "parents of a page": (
        f"""SELECT * FROM {REFERRAL} WHERE newest {{own}}
        AND "Referral_Pseudo" IN ({", ".join(["%s"] * PAGE)})""",
        [pseudonym(f"r{place}") for place in range(1386, 1386 + PAGE)],
    ),
    "counts of a month": (COUNTED, MONTH),
}


@dataclass(frozen=True)
class Bar:
    """What may be spent at most, in milliseconds, and whether the median or p95 is held to it."""

    most: float
    median: bool = False


def main() -> None:
    """Fill unless filled, measure, print; end what was started."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--providers", type=int, default=200)
    chosen = options.parse_args()
    with kept(Size(chosen.rows, chosen.providers)) as state:
        print(f"{chosen.rows:,} contacts, {chosen.providers} providers, {os.cpu_count()} cores,")
        print(f"load average before: {os.getloadavg()[0]:.1f}; milliseconds\n")
        print("| what | median | p95 | processor | bar | kept |\n|---|---|---|---|---|---|")
        statements(state)
        in_the_process()
        over_http(state)
        recount()


def statements(state: State) -> None:
    """Measure statements under the policy and without it, turn by turn."""
    from portal.row_security import TICKET  # noqa: PLC0415 - Django stands by now
    from portal.scope import sign_ticket, ticket_key  # noqa: PLC0415

    url = login(os.environ["DATABASE_URL"], "national_viewer", state.secrets["national_viewer"])
    ticket = sign_ticket(READER, ticket_key(), int(time.time()) + 3600)
    with admin(state) as free, psycopg.connect(url, prepare_threshold=None) as reader:
        reader.execute("SELECT set_config(%s, %s, true)", [TICKET, ticket])
        for name, (statement, values) in STATEMENTS.items():
            guarded, bare = Spent(reader), Spent(free)
            with_policy, without = (
                statement.format(own=own) for own in ("", f"AND provider = '{READER}'")
            )
            for _ in range(ROUNDS):
                guarded.ask(with_policy, values)
                bare.ask(without, values)
            bar = Bar(5) if name.startswith("page") else Bar(50)
            say(f"database: {name}", guarded.wall, guarded.processor, bar)
            pairs = zip(guarded.wall, bare.wall, strict=True)
            cost = statistics.median(guarded.processor) - statistics.median(bare.processor)
            dearer = [one - other for one, other in pairs]
            say(f"row-level security: {name}", dearer, [cost], Bar(0.2, median=True))


class Spent:
    """What statements on a connection take: on the clock, and of the server's processor."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.wall: list[float] = []
        self.processor: list[float] = []

    def ask(self, statement: str, values: Sequence[object]) -> None:
        """Ask once."""
        before = used([self.connection.info.backend_pid])
        self.wall.append(timed(lambda: self.connection.execute(statement, values).fetchall()))
        self.processor.append(used([self.connection.info.backend_pid]) - before)


def in_the_process() -> None:
    """Measure the dashboard and a page of records inside this process, and their queries."""
    from django.conf import settings  # noqa: PLC0415 - Django stands by now
    from django.db import connections  # noqa: PLC0415

    settings.REQUIRE_MFA = False
    client = sign_in("measured@example.org", MEASURED)
    queries: list[float] = []

    def noted(execute: Callable[..., object], *rest: object) -> object:
        begun = time.perf_counter()
        try:
            return execute(*rest)
        finally:
            queries.append(1000 * (time.perf_counter() - begun))

    for name, path in (("dashboard", ""), ("page of records", "records/CYP201CareContact/")):
        address = f"/providers/{MEASURED}/{path}"
        if client.get(address).status_code != 200:
            sys.exit(f"The {name} is not shown.")
        wall, processor = [], []
        for _ in range(20):
            before = time.process_time()
            with connections["records"].execute_wrapper(noted):
                wall.append(timed(lambda address=address: client.get(address)))
            processor.append(1000 * (time.process_time() - before))
        say(f"in the process: {name}", wall, processor, Bar(200 if not path else 150))
    say("database: every query of these", queries, [], Bar(50))


def over_http(state: State) -> None:
    """Measure both over HTTP: the dashboard one by one, pages of records at a rate."""
    with admin(state) as connection:
        connection.execute("TRUNCATE viewer_rowsread")
    codes = [f"P{place:03}" for place in range(1, PEOPLE + 1)]
    people = [(code, sign_in(f"{code.lower()}@example.org", code)) for code in codes]
    measured = sign_in("measured@example.org", MEASURED)
    (web,) = (one for one in processes.processes(state, PORTS) if one.name == "national-web")
    server = start(web)
    try:
        place = ("127.0.0.1", PORTS.national)
        wall, processor = ask_one_by_one(place, server.pid, (MEASURED, measured), 40)
        say("HTTP: dashboard, one by one", wall, [processor], Bar(200))
        wall, processor = ask_at_a_rate(place, server.pid, people, RATE, SECONDS)
        say(f"HTTP: pages of records, {RATE} a second", wall, [processor], Bar(150))
    finally:
        stop(server, 15)


def recount() -> None:
    """Measure recounting a provider's day after a transfer, with its year of history."""
    from django.db import connections  # noqa: PLC0415 - Django stands by now

    from portal.scope import provider_scope  # noqa: PLC0415
    from viewer.counting import count  # noqa: PLC0415

    connections["default"].ensure_connection()
    both = [connections["default"].connection.info.backend_pid, os.getpid()]
    wall, processor = [], []
    for _ in range(5):
        before = used(both)
        with provider_scope(MEASURED, using="default"):
            wall.append(timed(lambda: count(MEASURED, LATEST)))
        processor.append(used(both) - before)
    say("recount of a day, a year held", wall, processor, Bar(2000))


def used(pids: Iterable[int]) -> float:
    """Return the processor time of processes so far, in milliseconds."""
    told = (Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii") for pid in pids)
    return sum(int(one.split()[0]) for one in told) / 1e6


def timed(work: Callable[[], object]) -> float:
    """Return the milliseconds that something takes."""
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def say(what: str, wall: Sequence[float], processor: Sequence[float], bar: Bar) -> None:
    """Print a line of the table."""
    median, p95 = statistics.median(wall), sorted(wall)[int(len(wall) * 0.95)]
    held = "yes" if (median if bar.median else p95) <= bar.most else "NO"
    own = f"{statistics.median(processor):.2f}" if processor else ""
    limit = f"{bar.most:g}{' (median)' if bar.median else ''}"
    print(f"| {what} | {median:.2f} | {p95:.2f} | {own} | {limit} | {held} |", flush=True)


if __name__ == "__main__":
    main()
