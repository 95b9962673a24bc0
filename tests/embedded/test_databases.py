import psycopg
import pytest
from django.db import connection


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
