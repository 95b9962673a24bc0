# ruff: noqa: S608 - pasting hostile SQL together is what this file is for
"""Statements somebody would try who could run any SQL as the reading role with their own ticket."""

import itertools
import time

import psycopg
import pytest
from django.db import DatabaseError, connections

from portal.row_security import load_key
from portal.scope import provider_scope, sign_ticket, ticket_key
from tests.viewer.hostile import COUNTING, HOSTILE, SETTINGS, T
from viewer.models import RECORD_MODELS

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])


def attempt(statement):
    """Run a statement under Z9A's ticket and return every cell it gives; nothing when refused."""
    try:
        with provider_scope("Z9A"), connections["records"].cursor() as cursor:
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
    except DatabaseError:
        return []
    return [str(cell) for row in rows for cell in row]


def tickets():
    now = int(time.time())
    return {
        "mac": "0" * 64,
        "kid": sign_ticket("Z9A", ticket_key(), now).partition(".")[0],
        "mine": sign_ticket("Z9A", ticket_key(), now + 30),
        "expired": sign_ticket("Z9B", ticket_key(), now - 1),
        "foreign": sign_ticket("Z9B", b"x" * 32, now + 30),
    }


@pytest.fixture
def wall(two_providers):
    """Rows of two providers behind the wall, and an untouched count of them afterwards."""
    yield
    connections["records"].close()
    for code, count in (("Z9A", 3), ("Z9B", 5)):
        with provider_scope(code):
            assert RECORD_MODELS["CYP101Referral"].objects.using("records").count() == count


def is_foreign(cell):
    """Whether a cell shows the other provider, other than in words the statement itself gave."""
    return "Z9B" in cell and "Filter" not in cell and "Cond" not in cell


def test_there_are_more_than_a_hundred_and_fifty_statements():
    assert len(HOSTILE) + len(SETTINGS) * 2 >= 150
    assert len(HOSTILE) == len(set(HOSTILE))


def test_no_statement_shows_a_row_of_another_provider(wall):
    own = {"SELECT current_setting('portal.ticket') || 'Z9B'"}
    own.add(f"SELECT provider FROM {T} UNION ALL SELECT set_config('portal.ticket', 'Z9B', true)")

    found = [one for one in HOSTILE if one not in own and any(map(is_foreign, attempt(one)))]

    assert found == []


@pytest.mark.parametrize("local", ["true", "false"])
def test_no_setting_shows_a_row_of_another_provider(wall, local):
    found = []
    for name, value in SETTINGS:
        try:
            with provider_scope("Z9A"), connections["records"].cursor() as cursor:
                words = [name, value.format(**tickets())]
                cursor.execute(f"SELECT set_config(%s, %s, {local})", words)
                cursor.execute(COUNTING)
                found += [(name, value) for row in cursor.fetchall() if row[0] != "Z9A"]
        except DatabaseError:
            pass
        connections["records"].close()

    assert found == []


def test_a_setting_chosen_within_one_statement_comes_too_late_or_to_nothing(wall):
    for forged in tickets().values():
        for place in ("first", "last"):
            chosen = f"SELECT set_config('portal.ticket', '{forged}', false)"
            both = [chosen, COUNTING] if place == "first" else [COUNTING, chosen]
            assert "Z9B" not in [
                cell for cell in attempt(" UNION ALL ".join(both)) if len(cell) < 9
            ]
        connections["records"].close()


def test_a_prepared_statement_follows_the_ticket_and_not_its_maker(wall):
    counts = []
    for code in ("Z9A", "Z9B", "Z9A"):
        with provider_scope(code), connections["records"].cursor() as cursor:
            for _ in range(7):
                cursor.execute(f"SELECT count(*) FROM {T} WHERE row >= %s", [0])
            counts.append(cursor.fetchone()[0])

    assert counts == [3, 5, 3]


def test_a_check_is_never_remembered(wall):
    """The server keeps the plan of the check, not its answer: each statement asks again."""
    now, words = int(time.time()), tickets()
    given = [
        (sign_ticket("Z9A", ticket_key(), now + 30), 3),
        (words["foreign"], 0),
        (sign_ticket("Z9B", ticket_key(), now + 30), 5),
        (sign_ticket("Z9B", ticket_key(), now + 30).replace("Z9B", "Z9A"), 0),
        (words["expired"], 0),
        ("", 0),
    ]
    with provider_scope("Z9A"), connections["records"].cursor() as cursor:
        for ticket, count in given * 8:
            cursor.execute("SELECT set_config('portal.ticket', %s, true)", [ticket])
            cursor.execute(f"SELECT count(*) FROM {T} WHERE row >= %s", [0])
            assert cursor.fetchone() == (count,)


def test_a_plan_that_outlives_its_ticket_shows_nothing(wall):
    with provider_scope("Z9A"), connections["records"].cursor() as cursor:
        ticket = sign_ticket("Z9A", ticket_key(), int(time.time()) + 1)
        cursor.execute("SELECT set_config('portal.ticket', %s, true)", [ticket])
        cursor.execute(f"PREPARE kept AS SELECT count(*) FROM {T}")
        cursor.execute("EXECUTE kept")
        assert cursor.fetchone() == (3,)
        cursor.execute("SELECT pg_sleep(2)")
        cursor.execute("EXECUTE kept")
        assert cursor.fetchone() == (0,)


def test_a_forced_parallel_plan_is_filtered(wall):
    with provider_scope("Z9A"), connections["records"].cursor() as cursor:
        for name, value in itertools.chain(
            [("parallel_setup_cost", "0"), ("parallel_tuple_cost", "0")],
            [("min_parallel_table_scan_size", "0"), ("max_parallel_workers_per_gather", "4")],
        ):
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        cursor.execute(f"SELECT count(*), min(provider), max(provider) FROM {T}")
        assert cursor.fetchone() == (3, "Z9A", "Z9A")


def test_an_injectable_query_stays_confined(wall):
    """A page that pastes what it is given into its SQL shows its own provider's rows, or fails."""
    for given in (
        "x' OR '1'='1",
        "x' UNION SELECT provider FROM viewer_slot --",
        "x' OR provider = 'Z9B' --",
        "x'; SET ROLE agem_owner; SELECT provider FROM viewer_slot --",
        "x' UNION SELECT current_user --",
        "x' OR set_config('portal.ticket', 'Z9B', false) = 'Z9B",
    ):
        cells = attempt(f"SELECT provider FROM {T} WHERE provider = '{given}'")
        assert "Z9B" not in cells
        connections["records"].close()


def test_the_identifiable_database_refuses_the_reading_role(wall):
    parameters = connections["records"].get_connection_params()

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(**{**parameters, "dbname": "agem"})


def test_a_second_key_does_not_open_what_the_first_closed(wall):
    load_key(b"y" * 32)

    with provider_scope("Z9A"), connections["records"].cursor() as cursor:
        forged = sign_ticket("Z9B", b"x" * 32, int(time.time()) + 30)
        cursor.execute("SELECT set_config('portal.ticket', %s, true)", [forged])
        cursor.execute(COUNTING)
        assert cursor.fetchall() == []
