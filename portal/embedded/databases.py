"""Make the databases, their owner and login roles, and nothing that anybody else may enter."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROLES: Mapping[str, tuple[str, ...]] = {
    "agem": ("agem_owner", "agem_portal"),
    "national": (
        "national_owner",
        "national_portal",
        "national_receiver",
        "national_viewer",
        "national_audit",
    ),
}
_CREATE_ROLE = "CREATE ROLE {role} LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
_SHUT = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "ALTER SCHEMA public OWNER TO {owner}",
)
# large objects can be written even in a read-only transaction; only a superuser may shut them
NO_LARGE_OBJECTS = """
DO $do$ DECLARE routine regprocedure; BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        FOR routine IN SELECT oid::regprocedure FROM pg_proc
            WHERE pronamespace = 'pg_catalog'::regnamespace
            AND (proname LIKE 'lo\\_%' OR proname IN ('loread', 'lowrite'))
        LOOP EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', routine); END LOOP;
    END IF;
END $do$
"""
# what the owner makes, the instance's web role may use; migrations take rights away where less
# must do, and give them to the other roles
_DEFAULT = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT "
_PORTAL_RIGHTS = (
    _DEFAULT + "SELECT, INSERT, UPDATE, DELETE ON TABLES TO {portal}",
    _DEFAULT + "USAGE, SELECT ON SEQUENCES TO {portal}",
)


def make_database(admin_url: str, instance: str) -> None:
    """Make an instance's database and its owner, unless they are there."""
    owner = ROLES[instance][0]
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
        if not _exists(connection, "pg_roles", "rolname", owner):
            connection.execute(sql.SQL(_CREATE_ROLE).format(role=sql.Identifier(owner)))
        if not _exists(connection, "pg_database", "datname", instance):
            connection.execute(
                sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(
                    database=sql.Identifier(instance), owner=sql.Identifier(owner)
                )
            )


def make_roles(database_url: str, instance: str, passwords: Mapping[str, str]) -> None:
    """Make an instance's roles with their passwords, and shut its database to everybody else.

    The address is the superuser's, or that of the database's owner with CREATEROLE.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        for role in ROLES[instance]:
            _make_role(connection, role, passwords[role])
        _give_rights(connection, instance)


def login(database_url: str, role: str, password: str) -> str:
    """Return the same database's address for another role."""
    parts = urlsplit(database_url)
    place = parts.netloc.rpartition("@")[2]
    query = urlencode(parse_qsl(parts.query), quote_via=quote, safe="/")
    return urlunsplit((parts.scheme, f"{role}:{quote(password)}@{place}", parts.path, query, ""))


def in_database(admin_url: str, name: str) -> str:
    """Return the address of another database of the same server."""
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))


def _make_role(connection: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    if not _exists(connection, "pg_roles", "rolname", role):
        connection.execute(sql.SQL(_CREATE_ROLE).format(role=name))
    hidden = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(
        sql.SQL("ALTER ROLE {role} PASSWORD {hidden}").format(role=name, hidden=sql.Literal(hidden))
    )


def _give_rights(connection: psycopg.Connection, instance: str) -> None:
    owner, portal, *_ = ROLES[instance]
    names = {
        "database": sql.Identifier(connection.info.dbname),
        "owner": sql.Identifier(owner),
        "portal": sql.Identifier(portal),
    }
    connection.execute(NO_LARGE_OBJECTS)
    for statement in (*_SHUT, *_PORTAL_RIGHTS):
        connection.execute(sql.SQL(statement).format(**names))
    for role in ROLES[instance]:
        connect = "GRANT CONNECT ON DATABASE {database} TO {role}"
        connection.execute(sql.SQL(connect).format(role=sql.Identifier(role), **names))
        usage = "GRANT USAGE ON SCHEMA public TO {role}"
        connection.execute(sql.SQL(usage).format(role=sql.Identifier(role), **names))


def _exists(connection: psycopg.Connection, catalogue: str, column: str, name: str) -> bool:
    query = sql.SQL("SELECT 1 FROM {catalogue} WHERE {column} = %s").format(
        catalogue=sql.Identifier(catalogue), column=sql.Identifier(column)
    )
    return connection.execute(query, [name]).fetchone() is not None
