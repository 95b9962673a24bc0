# ruff: noqa: S608 - the SQL is made of constants
"""What the viewer's benchmark reads: many rows of many providers, made once and kept.

Rows lie as transfers bring them: day by day, and within a day provider by provider. One provider
besides has a year of days in which open referrals are stated daily, with its counts.
"""

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from portal.embedded import postgres, valkey
from portal.embedded.databases import in_database
from portal.embedded.environments import Ports, environment
from portal.embedded.provisioning import provision
from portal.embedded.state import State, lock, open_state
from tests.viewer import a_year

STATE = Path(__file__).resolve().parents[1] / "state" / "viewing"
PORTS = Ports(21700, 21701)
MEASURED = "P000"
CONTACT, REFERRAL, SERVICE, PATIENT = (
    "viewer_cyp201carecontact",
    "viewer_cyp101referral",
    "viewer_cyp102servicetypereferredto",
    "viewer_cyp001mpi",
)
CODE = "'P' || lpad((1 + n / {a_day} % {providers})::text, 3, '0')"
DAY = f"DATE '{a_year.FIRST_DAY}' + (n / ({{a_day}} * {{providers}}))::int"
# Each table: its columns, their values for row n, and how many contacts stand for one row of it.
FILL = {
    PATIENT: ('"LocalPatient_Pseudo", "AgeBand_RP_StartDate"', "md5('p' || n)::uuid, '35-39'", 20),
    REFERRAL: (
        '"Referral_Pseudo", "LocalPatient_Pseudo", "ReferralRequest_ReceivedDate"',
        f"md5('r' || n)::uuid, md5('p' || n / 2)::uuid, {DAY}",
        10,
    ),
    SERVICE: (
        '"Referral_Pseudo", "TeamType", "SitRep_ServiceLine"',
        "md5('r' || n)::uuid, '12', 'A' || lpad((1 + n / 11 % 30)::text, 2, '0')",
        10,
    ),
    CONTACT: (
        '"CareContact_Pseudo", "Referral_Pseudo", "Contact_Date", "AttendanceStatus"',
        f"""md5('c' || n)::uuid, md5('r' || n / 10)::uuid, {DAY},
        (ARRAY['2', '3', '5', '5', '5', '6'])[1 + n / 13 % 6]""",
        1,
    ),
}
_LARGEST_SHARE = 20
COUNTS = """
INSERT INTO viewer_measurecount
    (provider, measure, split, day, code, service_line, age_group, value)
SELECT 'P' || lpad(p::text, 3, '0'), m, s, DATE '{first}' + d, c::text,
    'A' || lpad((1 + c)::text, 2, '0'), 'A', 7
FROM generate_series(0, {days} - 1) d, generate_series(1, {providers}) p,
    (VALUES ('contacts', 'total'), ('contacts', 'AttendanceStatus'),
    ('referrals_received', 'total'), ('waiting_list', 'WeeksBand'), ('waiting_list', 'total'),
    ('contacts_by_mechanism', 'ConsMechanism'), ('referral_to_treatment', 'met')) AS x(m, s),
    generate_series(0, 7) c
"""
REPORTED = """
INSERT INTO viewer_measurecount
    (provider, measure, split, day, code, service_line, age_group, value)
SELECT '{measured}', m, 'total', DATE '{first}' + d, '', '', '', 90 + d % 9
FROM generate_series(0, {days} - 1) d, (VALUES ('timeliness'), ('quality')) AS x(m)
"""
SLOTS = """
INSERT INTO viewer_slot (provider, period_start, period_end, version, key_epoch, withdrawn,
    transfer, reference, data_set, data_set_version, received_at, loaded_at, records)
SELECT 'P' || lpad(p::text, 3, '0'), DATE '{first}' + d, DATE '{first}' + d, 1, 1, false,
    md5('t')::uuid, 'S-BENCH1', 'community_pilot', '2.0', now(), now(), 1
FROM generate_series(0, {providers}) p, generate_series(0, {days} - 1) d
"""


@dataclass(frozen=True)
class Size:
    """How many contacts, of how many providers."""

    rows: int
    providers: int

    @property
    def recipe(self) -> str:
        """What the rows are made by: other rows are wanted when it is another."""
        made = repr((self, FILL, COUNTS, REPORTED, SLOTS, a_year.TABLES, a_year.CONTACTS))
        return hashlib.sha256(made.encode()).hexdigest()

    def a_day(self, share: int) -> int:
        """How many rows a provider has on a day, of a table with one row for so many contacts."""
        fewest = -(-self.rows // (_LARGEST_SHARE * self.providers * a_year.DAYS))
        return fewest * _LARGEST_SHARE // share

    def words(self) -> dict[str, object]:
        """The words that stand in the statements."""
        return {
            "providers": self.providers,
            "a_day": self.a_day(1),
            "days": a_year.DAYS,
            "first": a_year.FIRST_DAY,
            "measured": MEASURED,
        }


@contextmanager
def kept(size: Size) -> Iterator[State]:
    """The servers of the product on the kept state, filled, and Django set up as its web role."""
    STATE.parent.mkdir(exist_ok=True)
    state = open_state(STATE)
    with lock(state):
        broker, server = valkey.boot(state.broker), postgres.boot(state.cluster)
        try:
            provision(state, PORTS)
            _set_up_django(state)
            _fill_unless_filled(state, size)
            yield state
        finally:
            postgres.halt(server)
            broker.terminate()
            broker.wait()


def admin(state: State) -> psycopg.Connection:
    """A connection of the superuser to the national database."""
    url = in_database(state.cluster.admin_url, "national")
    return psycopg.connect(url, autocommit=True, prepare_threshold=None)


def _set_up_django(state: State) -> None:
    """Let this process be the national instance, with the owner's rights to count."""
    surroundings = environment(state, PORTS, "national", "web")
    owner = environment(state, PORTS, "national", "owner")["DATABASE_URL"]
    os.environ |= surroundings | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.national",
        "DATABASE_URL": owner,
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
    }
    import django  # noqa: PLC0415 - after the environment

    django.setup()


def _fill_unless_filled(state: State, size: Size) -> None:
    """Make the rows, unless the very same are there."""
    stamp = state.folder / "filled"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == size.recipe:
        return
    stamp.unlink(missing_ok=True)
    begun = time.perf_counter()
    with admin(state) as connection:
        connection.execute("SET maintenance_work_mem = '1GB'")
        _fill(connection, size)
        _count_the_year()
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    stamp.write_text(size.recipe, encoding="utf-8")
    sys.stdout.write(f"filled in {time.perf_counter() - begun:.0f} s\n")


def _fill(connection: psycopg.Connection, size: Size) -> None:
    """Make rows in the server itself, then the indexes; the superuser passes row security."""
    words = size.words()
    tables = [*FILL, "viewer_cyp104rtt", "viewer_slot", "viewer_measurecount"]
    with connection.transaction():
        connection.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
        indexes = list(_indexes(connection, tables))
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        for statement in a_year.statements(MEASURED):
            connection.execute(statement)
        for table, (columns, values, share) in FILL.items():
            a_day = size.a_day(share)
            connection.execute(
                f"INSERT INTO {table} "
                f"(provider, period_end, transfer, row, history, newest, {columns}) "
                f"SELECT {CODE}, {DAY}, md5('t')::uuid, n, md5('h' || n)::uuid, true, {values} "
                "FROM generate_series(0, {a_day} * {providers} * {days} - 1) AS n".format_map(
                    words | {"a_day": a_day}
                )
            )
        for statement in (COUNTS, REPORTED, SLOTS):
            connection.execute(statement.format_map(words))
        for _, definition in indexes:
            connection.execute(definition)
    connection.execute("ANALYZE")


def _indexes(connection: psycopg.Connection, tables: list[str]) -> Iterator[tuple[str, str]]:
    """The indexes of the tables that no constraint stands on, each with what makes it again."""
    yield from connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid::regclass::text = ANY(%s) AND NOT indisunique",
        [tables],
    ).fetchall()


def _count_the_year() -> None:
    """Count every day of the measured provider's year."""
    from portal.scope import provider_scope  # noqa: PLC0415 - Django stands by now
    from viewer.counting import count  # noqa: PLC0415

    with provider_scope(MEASURED, using="default"):
        count(MEASURED, a_year.FIRST_DAY)
