# ruff: noqa: E402, S608, PLC0415 - the path and Django come first; the SQL is of constants
"""How fast the viewer reads at many rows and providers, and what row-level security costs.

    python benchmarks/viewing.py [--rows 10000000] [--providers 200]

Boots a throw-away PostgreSQL, fills one record table, its parents and the counts of a year, and
measures as the reading role. Bars: page of 50 p95 <= 5 ms in the database; every query of the
dashboard p95 <= 50 ms; dashboard <= 200 ms through Django; row-level security <= 0.2 ms a statement
against the same query with a WHERE and no policy; a provider's day recounted <= 2 s.
"""

import argparse
import logging
import os
import secrets
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psycopg

from portal.embedded import postgres
from portal.embedded.accounts import Accounts, choose_accounts
from portal.embedded.databases import ROLES, in_database, login, make_database, make_roles
from portal.embedded.key_files import make_key_files

CONTACT, REFERRAL, SERVICE, PATIENT = (
    "viewer_cyp201carecontact",
    "viewer_cyp101referral",
    "viewer_cyp102servicetypereferredto",
    "viewer_cyp001mpi",
)
CODE = "'P' || lpad((n %% {providers})::text, 3, '0')"
DAY = "DATE '2023-04-01'"
FILL = {
    PATIENT: (
        '"LocalPatient_Pseudo", "AgeBand_RP_StartDate"',
        "md5('p' || n)::uuid, '35-39'",
        20,
    ),
    REFERRAL: (
        '"Referral_Pseudo", "LocalPatient_Pseudo", "ReferralRequest_ReceivedDate"',
        f"md5('r' || n)::uuid, md5('p' || n / 2)::uuid, {DAY} + (n / 7 %% 360)::int",
        10,
    ),
    SERVICE: (
        '"Referral_Pseudo", "TeamType", "SitRep_ServiceLine"',
        "md5('r' || n)::uuid, '12', 'A' || lpad((1 + n / 11 %% 30)::text, 2, '0')",
        10,
    ),
    CONTACT: (
        '"CareContact_Pseudo", "Referral_Pseudo", "Contact_Date", "AttendanceStatus"',
        """md5('c' || n)::uuid,
        md5('r' || (n %% {providers}) + {providers} * (n / {providers} / 10))::uuid,
        DATE '2023-04-01' + (n / {providers} %% 360)::int,
        (ARRAY['2', '3', '5', '5', '5', '6'])[1 + n / 13 %% 6]""",
        1,
    ),
}


def main() -> None:
    """Fill, measure, print; end what was started."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--providers", type=int, default=200)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="viewing-") as name:
        server, admin = boot(Path(name))
        try:
            measure(admin, chosen.rows, chosen.providers)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


def boot(folder: Path) -> tuple[object, str]:
    """Start a server, make the national database, and tell Django where they are."""
    folder.chmod(0o711)
    password = secrets.token_hex(16)
    account = choose_accounts(folder).servers
    cluster = postgres.Cluster(folder / "postgres", password, account, throwaway=True)
    server = postgres.boot(cluster)
    make_database(cluster.admin_url, "national")
    admin = in_database(cluster.admin_url, "national")
    make_roles(admin, "national", dict.fromkeys(ROLES["national"], password))
    make_key_files(folder / "keys", Accounts(None, None, None))
    keys = folder / "keys" / "national"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings.testing",
        "DATABASE_URL": login(admin, "national_owner", password),
        "RECORDS_DATABASE_URL": login(admin, "national_viewer", password),
        "TICKET_KEY_FILE": str(keys / "ticket.key"),
        "DISPLAY_KEY_FILE": str(keys / "display.key"),
    }
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.PORTAL_INSTANCE, settings.ROOT_URLCONF = "national", "portal.urls.national"
    settings.ALLOWED_HOSTS, settings.REQUIRE_MFA = ["testserver"], False
    logging.disable()
    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("load_ticket_key", skip_checks=True)
    return server, admin


def measure(admin: str, rows: int, providers: int) -> None:
    """Fill the tables and print every figure beside its bar."""
    with psycopg.connect(admin, autocommit=True) as connection:
        started = time.perf_counter()
        fill(connection, rows, providers)
        print(f"filled with {rows:,} contacts of {providers} providers", end=" ")
        print(f"in {time.perf_counter() - started:.0f} s")
        code = f"P{providers // 2:03}"
        pages(connection, code)
        dashboards(code)
        recount(code)


def fill(connection: psycopg.Connection, rows: int, providers: int) -> None:
    """Make rows in the server itself, then the indexes; the superuser passes row security."""
    for table, (columns, values, share) in FILL.items():
        indexes = [
            one
            for (one,) in connection.execute(
                "SELECT indexdef FROM pg_indexes WHERE tablename = %s AND indexname !~ 'pkey$'",
                [table],
            )
        ]
        for one in indexes:
            connection.execute(f"DROP INDEX {one.split()[2]}")
        made = (
            f"INSERT INTO {table} "
            f"(provider, period_end, transfer, row, history, newest, {columns}) "
            f"SELECT {CODE}, DATE '2023-04-01' + (n / {providers} %% 360)::int, "
            f"md5('t')::uuid, (n %% 100000)::int, md5('h' || n)::uuid, true, {values} "
            f"FROM generate_series(1, {rows // share}) AS n"
        ).format(providers=providers)
        connection.execute(made.replace("%%", "%"))
        for one in indexes:
            connection.execute(one)
    connection.execute(
        "INSERT INTO viewer_measurecount "
        "(provider, measure, split, day, code, service_line, age_group, value) "
        f"SELECT 'P' || lpad(p::text, 3, '0'), m, s, DATE '2023-04-01' + d, c::text, "
        "'A' || lpad((1 + c)::text, 2, '0'), 'A', 7 "
        f"FROM generate_series(0, {providers - 1}) p, generate_series(0, 359) d, "
        "(VALUES ('contacts', 'total'), ('contacts', 'AttendanceStatus'), "
        "('referrals_received', 'total'), ('waiting_list', 'WeeksBand'), "
        "('waiting_list', 'total'), "
        "('contacts_by_mechanism', 'ConsMechanism'), ('referral_to_treatment', 'met')) AS x(m, s), "
        "generate_series(0, 7) c"
    )
    connection.execute(
        "INSERT INTO viewer_slot "
        "(provider, period_start, period_end, version, key_epoch, withdrawn, "
        "transfer, reference, data_set, data_set_version, received_at, loaded_at, records) "
        "SELECT 'P' || lpad(p::text, 3, '0'), DATE '2023-04-01' + d, DATE '2023-04-01' + d, 1, 1, "
        "false, md5('t')::uuid, 'S-BENCH1', 'community_pilot', '2.0', now(), now(), 1 "
        f"FROM generate_series(0, {providers - 1}) p, generate_series(0, 359) d"
    )
    connection.execute("VACUUM ANALYZE")


def pages(connection: psycopg.Connection, code: str) -> None:
    """Measure pages of records under the policy, and the same query without it, turn by turn."""
    from portal.row_security import TICKET
    from portal.scope import sign_ticket, ticket_key

    page = f"SELECT * FROM {CONTACT} WHERE newest ORDER BY id DESC LIMIT 51"
    bare = f"SELECT * FROM {CONTACT} WHERE provider = '{code}' AND newest ORDER BY id DESC LIMIT 51"
    ticket = sign_ticket(code, ticket_key(), int(time.time()) + 3600)
    guarded, without = [], []
    with psycopg.connect(os.environ["RECORDS_DATABASE_URL"]) as reader:
        reader.execute("SELECT set_config(%s, %s, true)", [TICKET, ticket])
        for _ in range(500):
            guarded.append(timed(lambda: reader.execute(page).fetchall()))
            without.append(timed(lambda: connection.execute(bare).fetchall()))
    say("page of 50 in the database", guarded[10:], 5)
    cost = statistics.median(guarded[10:]) - statistics.median(without[10:])
    print(f"row-level security: {cost:+.3f} ms a statement (bar 0.2)")


def dashboards(code: str) -> None:
    """Measure the dashboard through Django, and each of its queries."""
    from django.db import connections
    from django.test import Client

    from portal.grants import grant
    from portal.models import Agreement, Provider, User

    provider = Provider.objects.create(code=code, name="Measured", opted_in_on="2023-04-01")
    person = User.objects.create_user("measured@example.org", "correct horse")
    Agreement.objects.create(provider=provider, accepted_by=person)
    grant(person, "record_viewer", by=None, reason="measured", provider=provider)
    client = Client()
    client.force_login(person)
    queries: list[float] = []

    def noted(execute: Callable[..., object], *rest: object) -> object:
        started = time.perf_counter()
        try:
            return execute(*rest)
        finally:
            queries.append(1000 * (time.perf_counter() - started))

    for path in (f"/providers/{code}/", f"/providers/{code}/records/CYP201CareContact/"):
        client.post(f"/providers/{code}/records/purpose/", {"purpose": "quality"})
        answer = client.get(path)
        if answer.status_code != 200:
            sys.exit(f"{path} answers {answer.status_code}")
        spent, before = [], time.process_time()
        for _ in range(20):
            with connections["records"].execute_wrapper(noted):
                spent.append(timed(lambda path=path: client.get(path)))
        own = 1000 * (time.process_time() - before) / len(spent)
        name = path.split("/")[3] or "dashboard"
        say(f"{name} through Django ({own:.0f} ms of processor in the process)", spent, 200)
    say("queries of these pages", queries, 50)


def recount(code: str) -> None:
    """Measure recounting a provider's day after a transfer, with its year of history."""
    from datetime import date

    from portal.scope import provider_scope
    from viewer.counting import count

    def again() -> None:
        with provider_scope(code, using="default"):
            count(code, date(2024, 3, 25))

    say("recount of a day", [timed(again) for _ in range(3)], 2000)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that something takes."""
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def say(what: str, spent: list[float], bar: float) -> None:
    """Print median and 95th percentile beside the bar."""
    p95 = sorted(spent)[int(len(spent) * 0.95)]
    held = "holds" if p95 <= bar else "BROKEN"
    print(f"{what}: median {statistics.median(spent):.2f} ms, p95 {p95:.2f} ms (bar {bar}: {held})")


if __name__ == "__main__":
    main()
