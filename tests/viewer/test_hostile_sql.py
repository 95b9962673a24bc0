# ruff: noqa: S608 - pasting hostile SQL together is what this file is for
"""Statements somebody would try who could run any SQL as the reading role with their own ticket."""

import itertools
import time

import psycopg
import pytest
from django.db import DatabaseError, connections

from portal.row_security import load_key
from portal.scope import provider_scope, sign_ticket, ticket_key
from viewer.models import RECORD_MODELS

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])

T = "viewer_cyp101referral"
TABLES = [model._meta.db_table for model in RECORD_MODELS.values()]
OTHERS = ["viewer_slot", "viewer_report", "viewer_measurecount", "viewer_displaypseudonym"]
SETTINGS = [
    ("portal.ticket", "Z9B"),
    ("portal.ticket", ""),
    ("portal.ticket", "00000000.Z9B.99999999999.{mac}"),
    ("portal.ticket", "{kid}.Z9B.99999999999.{mac}"),
    ("portal.ticket", "{kid}.Z9B.99999999999.' OR true --"),
    ("portal.ticket", "{kid}.Z9B|Z9A.99999999999.{mac}"),
    ("portal.ticket", "{mine}.extra"),
    ("portal.ticket", " {mine}"),
    ("portal.ticket", "{expired}"),
    ("portal.ticket", "{foreign}"),
    ("portal.provider", "Z9B"),
    ("app.provider", "Z9B"),
    ("app.current_provider", "Z9B"),
    ("rls.bypass", "on"),
    ("row_security", "off"),
    ("role", "agem_owner"),
    ("role", "national_receiver"),
    ("session_authorization", "agem_owner"),
    ("search_path", "pg_temp, ctx, public"),
    ("session_replication_role", "replica"),
    ("force_parallel_mode", "on"),
    ("debug_parallel_query", "on"),
    ("enable_indexscan", "off"),
    ("constraint_exclusion", "on"),
    ("plan_cache_mode", "force_generic_plan"),
    ("transaction_read_only", "off"),
]
COUNTING = f"SELECT provider FROM {T}"
HOSTILE = [
    *(f"SELECT provider FROM {table}" for table in [*TABLES, *OTHERS]),
    *(f"SELECT provider FROM {table} WHERE provider = 'Z9B'" for table in TABLES),
    *(f"SELECT provider FROM ONLY {table} WHERE provider <> 'Z9A'" for table in OTHERS),
    *(f"TABLE {table}" for table in OTHERS),
    f"SELECT provider FROM {T} WHERE provider = 'Z9B' OR TRUE",
    f"SELECT provider FROM {T} UNION SELECT provider FROM viewer_slot",
    f"SELECT provider FROM {T} UNION ALL SELECT set_config('portal.ticket', 'Z9B', true)",
    f"SELECT a.provider FROM {T} a RIGHT JOIN viewer_slot b ON true",
    f"SELECT b.provider FROM {T} a FULL JOIN viewer_slot b ON a.provider <> b.provider",
    f"SELECT provider FROM {T} TABLESAMPLE SYSTEM (100)",
    f"SELECT provider FROM {T} ORDER BY (CASE WHEN provider = 'Z9B' THEN 1/0 ELSE 1 END)",
    f"SELECT provider FROM {T} WHERE 1 / (CASE WHEN provider = 'Z9B' THEN 0 ELSE 1 END) = 1",
    f"SELECT provider FROM {T} WHERE provider::int > 0 OR true",
    f"SELECT string_agg(provider, ',') FROM {T}",
    f"SELECT array_agg(provider)::text FROM {T}",
    f"SELECT json_agg(x)::text FROM {T} x",
    f"SELECT jsonb_agg(to_jsonb(x))::text FROM {T} x",
    f"SELECT query_to_xml('SELECT provider FROM {T}', true, false, '')::text",
    f"SELECT table_to_xml('{T}', true, false, '')::text",
    "SELECT database_to_xml(true, false, '')::text",
    "SELECT schema_to_xml('public', true, false, '')::text",
    f"SELECT cursor_to_xml('c', 1, false, false, '')::text FROM {T}",
    f"WITH x AS MATERIALIZED (SELECT * FROM {T}) SELECT provider FROM x",
    f"WITH RECURSIVE x AS (SELECT provider FROM {T} UNION SELECT provider FROM x) TABLE x",
    f"SELECT (SELECT string_agg(provider, '') FROM {T} WHERE provider <> o.provider) FROM {T} o",
    f"SELECT provider FROM {T} FOR UPDATE",
    f"SELECT lag(provider) OVER () FROM {T}",
    f"EXPLAIN ANALYZE SELECT provider FROM {T} WHERE provider = 'Z9B' AND 'Z9B' = provider",
    "SELECT most_common_vals::text FROM pg_stats WHERE tablename LIKE 'viewer%'",
    "SELECT stavalues1::text FROM pg_statistic",
    "SELECT most_common_vals::text FROM pg_stats_ext",
    "SELECT stxdmcv::text FROM pg_statistic_ext_data",
    "SELECT inner_block FROM ctx.key",
    "SELECT pg_read_file('global/pg_filenode.map')",
    "SELECT pg_ls_dir('.')::text",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/nonexistent')",
    "SELECT rolpassword FROM pg_authid",
    "SELECT passwd FROM pg_shadow",
    "SELECT prosrc FROM pg_proc WHERE proname = 'provider' AND prosrc LIKE '%Z9B%'",
    "SELECT query FROM pg_stat_activity WHERE query LIKE '%Z9B%' AND pid <> pg_backend_pid()",
    f"COPY {T} TO STDOUT",
    f"COPY (SELECT provider FROM {T}) TO '/nonexistent/x'",
    f"COPY (SELECT provider FROM {T}) TO PROGRAM 'cat'",
    f"COPY {T} FROM PROGRAM 'echo'",
    "SET ROLE agem_owner",
    "SET ROLE national_receiver",
    "SET SESSION AUTHORIZATION agem_owner",
    "RESET ROLE",
    "SET row_security = off",
    f"ALTER TABLE {T} DISABLE ROW LEVEL SECURITY",
    f"ALTER TABLE {T} NO FORCE ROW LEVEL SECURITY",
    f"DROP POLICY own_rows ON {T}",
    f"CREATE POLICY mine ON {T} USING (true)",
    f"CREATE VIEW public.v AS SELECT * FROM {T}",
    f"CREATE MATERIALIZED VIEW public.v AS SELECT * FROM {T}",
    f"CREATE TABLE public.v AS SELECT * FROM {T}",
    f"CREATE TEMP TABLE v AS SELECT * FROM {T}",
    f"CREATE TEMP VIEW v AS SELECT * FROM {T}",
    "CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
    "CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
    "CREATE OR REPLACE FUNCTION ctx.provider() RETURNS text LANGUAGE sql AS $$SELECT 'Z9B'$$",
    "CREATE SCHEMA ctx2",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION postgres_fdw",
    "CREATE OPERATOR public.= (LEFTARG=text, RIGHTARG=text, FUNCTION=textne)",
    "CREATE RULE r AS ON SELECT TO viewer_slot DO INSTEAD SELECT 1",
    "DO $$ BEGIN PERFORM set_config('row_security', 'off', true); END $$",
    f"DO $$ BEGIN EXECUTE 'ALTER TABLE {T} OWNER TO national_viewer'; END $$",
    f"INSERT INTO {T} (provider) VALUES ('Z9A')",
    f"UPDATE {T} SET provider = 'Z9A'",
    f"DELETE FROM {T}",
    f"TRUNCATE {T}",
    f"MERGE INTO {T} a USING {T} b ON true WHEN MATCHED THEN DELETE",
    f"LOCK TABLE {T} IN ACCESS EXCLUSIVE MODE",
    f"ANALYZE {T}",
    f"VACUUM {T}",
    f"CLUSTER {T}",
    f"REINDEX TABLE {T}",
    "LOAD 'auto_explain'",
    "SELECT pg_reload_conf()",
    "SELECT pg_terminate_backend(1)",
    "ALTER SYSTEM SET row_security = off",
    "GRANT agem_owner TO national_viewer",
    f"GRANT ALL ON {T} TO national_viewer",
    "ALTER ROLE national_viewer BYPASSRLS",
    "ALTER ROLE national_viewer SUPERUSER",
    "SELECT * FROM portal_user",
    "SELECT * FROM portal_grant",
    "SELECT * FROM django_session",
    "SELECT facts::text FROM portal_auditevent",
    "SELECT * FROM viewer_arrival",
    "SELECT * FROM viewer_rowsread",
    "SELECT organisation FROM viewer_nationalfigure",
    "PREPARE p AS SELECT provider FROM viewer_slot",
    "DECLARE c CURSOR WITH HOLD FOR SELECT provider FROM viewer_slot",
    "SELECT pg_logical_slot_get_changes('x', NULL, NULL)",
    "SELECT pg_export_snapshot()",
    "SELECT current_setting('portal.ticket') || 'Z9B'",
    "SELECT has_table_privilege('agem_owner', 'viewer_slot', 'SELECT')::text",
]


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
