"""What must be so in the database before anybody may read a record."""

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg import Connection

from portal.scope import RECORDS, refuse_without_scope

# The first version of each series in which statistics cannot leak past row security
# (CVE-2025-8713), as server_version_num; a series that is not listed is too old.
SAFE_VERSIONS = {13: 130022, 14: 140019, 15: 150014, 16: 160010, 17: 170006, 18: 180000}

_QUESTIONS = {
    "The role that reads records is a superuser or passes row security.": """
        SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)""",
    "The role that reads records owns a table.": """
        SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = 'public' AND pg_get_userbyid(relowner) = current_user""",
    "A table that carries a provider is not behind forced row security.": """
        SELECT 1 FROM pg_class
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE nspname = 'public' AND relkind IN ('r', 'p') AND attname = 'provider'
        AND NOT attisdropped AND has_table_privilege(pg_class.oid, 'SELECT')
        AND NOT (relrowsecurity AND relforcerowsecurity)""",
    "A view or materialised view shows rows with the rights of its owner.": """
        SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname NOT IN ('pg_catalog', 'information_schema')
        AND has_table_privilege(pg_class.oid, 'SELECT')
        AND (relkind = 'm' OR (relkind = 'v' AND NOT
            coalesce('security_invoker=true' = ANY (reloptions), false)))""",
    "The role that reads records may write.": """
        SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = 'public' AND relkind IN ('r', 'p')
        AND has_table_privilege(pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')""",
    "The role that reads records has settings of its own in the server.": """
        SELECT 1 FROM pg_db_role_setting
        WHERE setrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
        AND setconfig && ARRAY['row_security=off']""",
}


def watch_connections() -> None:
    """Inspect every new connection for records, and confine it to scopes."""
    connection_created.connect(_inspect, dispatch_uid="viewer.wall")


def find_breaches(connection: BaseDatabaseWrapper) -> list[str]:
    """Return a sentence for everything that would let a row past the wall.

    Asks the driver's connection, since Django's may refuse every query outside a scope.
    """
    driver: Connection[tuple[int]] = connection.connection
    breaches = [
        sentence for sentence, question in _QUESTIONS.items() if driver.execute(question).fetchone()
    ]
    version = driver.info.server_version
    series = version // 10000
    if series <= max(SAFE_VERSIONS) and version < SAFE_VERSIONS.get(series, version + 1):
        breaches.append("This version of PostgreSQL has a known way past row security.")
    return breaches


def _inspect(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Refuse a connection for records that the wall does not hold for."""
    if connection.alias != RECORDS:
        return
    if breaches := find_breaches(connection):
        connection.close()
        raise ImproperlyConfigured(" ".join(breaches))
    refuse_without_scope(connection)
