import psycopg
import pytest
from django.db import ProgrammingError, connection


def test_the_tests_run_as_an_owner_who_is_no_superuser(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")

        assert cursor.fetchone() == (False, False)


def test_a_test_can_act_as_a_login_role(as_role):
    with as_role("national_portal"), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")

        assert cursor.fetchone() == ("national_portal",)


def test_a_role_of_the_one_database_may_not_enter_the_other(settings):
    records = settings.DATABASES["records"]

    with pytest.raises(psycopg.OperationalError, match="CONNECT"):
        psycopg.connect(
            host=records["HOST"],
            user=records["USER"],
            password=records["PASSWORD"],
            dbname="agem",
        )


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_a_login_role_may_not_enter_the_databases_of_the_server_itself(settings, database):
    records = settings.DATABASES["records"]

    with pytest.raises(psycopg.OperationalError, match="CONNECT"):
        psycopg.connect(
            host=records["HOST"],
            user=records["USER"],
            password=records["PASSWORD"],
            dbname=database,
        )


@pytest.mark.parametrize("statement", ["SELECT lo_create(0)", "SELECT lo_from_bytea(0, 'x')"])
def test_nobody_may_keep_large_objects(as_role, statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        as_role("national_viewer"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
