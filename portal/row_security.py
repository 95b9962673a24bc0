"""Row-level security as migration operations: a row shows itself only to its own provider's ticket.

The ticket `kid.provider.expiry.mac` is signed by the application and verified in the database, so
that neither a forgotten filter nor an injected statement can choose another provider.
"""

from django.apps.registry import Apps
from django.db import connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

RECEIVER = "national_receiver"
VIEWER = "national_viewer"
PORTAL = "national_portal"
TICKET = "portal.ticket"
NATION = "NATIONAL"

# In PL/pgSQL the server keeps the plan, and a check costs a fifth of what it costs in SQL. No
# backslash: whoever asks may choose how strings are read (standard_conforming_strings). No
# exception block: it cannot run under a parallel plan.
CHECK = f"""
CREATE OR REPLACE FUNCTION ctx.provider() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ticket text := current_setting('{TICKET}', true);
    blocks ctx.key;
BEGIN
    IF ticket IS NULL
    OR ticket !~ '^[0-9a-f]{{8}}[.][A-Z0-9]{{1,12}}[.][0-9]{{1,12}}[.][0-9a-f]{{64}}$' THEN
        RETURN NULL;
    END IF;
    IF split_part(ticket, '.', 3)::bigint < extract(epoch FROM statement_timestamp()) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO blocks FROM ctx.key WHERE kid = split_part(ticket, '.', 1);
    IF split_part(ticket, '.', 4) = encode(sha256(blocks.outer_block || sha256(
        blocks.inner_block || convert_to(left(ticket, -65), 'UTF8')
    )), 'hex') THEN
        RETURN split_part(ticket, '.', 2);
    END IF;
    RETURN NULL;
END
$$;
"""  # noqa: S608 - nothing but constants of this module
_CONTEXT = f"""
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA ctx;
REVOKE ALL ON SCHEMA ctx FROM PUBLIC;
CREATE TABLE ctx.key (
    kid text PRIMARY KEY CHECK (kid ~ '^[0-9a-f]{{8}}$'),
    inner_block bytea NOT NULL CHECK (length(inner_block) = 64),
    outer_block bytea NOT NULL CHECK (length(outer_block) = 64)
);
REVOKE ALL ON ctx.key FROM PUBLIC;
{CHECK}
REVOKE ALL ON FUNCTION ctx.provider() FROM PUBLIC;
"""
# Large objects ignore read-only transactions and row security. Only a superuser can take the
# functions away, so the statement does nothing for the owner: run it once when a server is made.
# COPY is refused under row security, so the receiver stages what it loads in temporary tables.
_LET_STAGE = (
    "DO $stage$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {role}', "
    "current_database()); END $stage$"
)
_NO_CONTEXT = "DROP SCHEMA IF EXISTS ctx CASCADE;"


class _Statement(Operation):
    """SQL that changes the database and not Django's picture of it."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave Django's picture alone."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Run the statements."""
        for statement in self.forwards(app_label, to_state.apps):
            schema_editor.execute(statement, None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Run the statements that undo them."""
        for statement in self.backwards(app_label, from_state.apps):
            schema_editor.execute(statement, None)

    def forwards(self, app_label: str, apps: Apps) -> list[str]:
        """Return the statements of the operation."""
        raise NotImplementedError

    def backwards(self, app_label: str, apps: Apps) -> list[str]:
        """Return the statements that undo it."""
        raise NotImplementedError


class MakeTicketContext(_Statement):
    """Make the function that verifies tickets, and the key table only the owner can read."""

    def forwards(self, app_label: str, apps: Apps) -> list[str]:
        """Return the statements of the operation."""
        return [
            _CONTEXT,
            to_role(RECEIVER, "GRANT USAGE ON SCHEMA ctx TO {role}"),
            to_role(VIEWER, "GRANT USAGE ON SCHEMA ctx TO {role}"),
            to_role(RECEIVER, "GRANT EXECUTE ON FUNCTION ctx.provider() TO {role}"),
            to_role(RECEIVER, _LET_STAGE),
            to_role(VIEWER, "GRANT EXECUTE ON FUNCTION ctx.provider() TO {role}"),
        ]

    def backwards(self, app_label: str, apps: Apps) -> list[str]:
        """Return the statements that undo it."""
        return [_NO_CONTEXT]

    def describe(self) -> str:
        """Say what the operation does."""
        return "Verify signed tickets in the database"


class RenewTicketCheck(_Statement):
    """Put the check of tickets as it is now in the place of an earlier one."""

    def forwards(self, app_label: str, apps: Apps) -> list[str]:
        """Return the statement of the operation."""
        return [CHECK]

    def backwards(self, app_label: str, apps: Apps) -> list[str]:
        """Leave the check as it is: it says the same of every ticket."""
        return []

    def describe(self) -> str:
        """Say what the operation does."""
        return "Renew the check of tickets"


class ShowOwnRowsOnly(_Statement):
    """Put a model's table behind row-level security and let the receiver write, the viewer read."""

    def __init__(self, model: str, *, to: str = "provider = (SELECT ctx.provider())") -> None:
        """Take the model's name, and the condition under which a row shows itself."""
        self.model = model
        self.condition = to

    def deconstruct(self) -> tuple[str, list[str], dict[str, str]]:
        """Return what a migration file needs to write the operation down."""
        return (type(self).__name__, [self.model], {"to": self.condition})

    def forwards(self, app_label: str, apps: Apps) -> list[str]:
        """Return the statements of the operation."""
        table = _table(apps, app_label, self.model)
        rule = f"USING ({self.condition}) WITH CHECK ({self.condition})"
        return [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY own_rows ON {table} AS PERMISSIVE FOR ALL TO PUBLIC {rule}",
            f"CREATE POLICY own_rows_floor ON {table} AS RESTRICTIVE FOR ALL TO PUBLIC {rule}",
            f"REVOKE ALL ON {table} FROM PUBLIC",
            to_role(PORTAL, f"REVOKE ALL ON {table} FROM {{role}}"),
            to_role(RECEIVER, f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {{role}}"),
            to_role(VIEWER, f"GRANT SELECT ON {table} TO {{role}}"),
        ]

    def backwards(self, app_label: str, apps: Apps) -> list[str]:
        """Return the statements that undo it."""
        table = _table(apps, app_label, self.model)
        return [
            to_role(RECEIVER, f"REVOKE ALL ON {table} FROM {{role}}"),
            to_role(VIEWER, f"REVOKE ALL ON {table} FROM {{role}}"),
            f"DROP POLICY own_rows_floor ON {table}",
            f"DROP POLICY own_rows ON {table}",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ]

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Show rows of {self.model} to their own provider only"


class ShowToNationOnly(ShowOwnRowsOnly):
    """Put a table of figures across providers behind the ticket of the national overview."""

    def __init__(self, model: str, *, to: str = f"'{NATION}' = (SELECT ctx.provider())") -> None:
        """Take the model's name."""
        super().__init__(model, to=to)


class GiveRights(_Statement):
    """Give database roles rights on a table that carries no records, and these rights alone."""

    def __init__(self, model: str, rights: dict[str, str]) -> None:
        """Take the model's name and, for each role, its rights as SQL words."""
        self.model = model
        self.rights = rights

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return what a migration file needs to write the operation down."""
        return (type(self).__name__, [self.model, self.rights], {})

    def forwards(self, app_label: str, apps: Apps) -> list[str]:
        """Return the statements of the operation."""
        table = _table(apps, app_label, self.model)
        revoke = [
            f"REVOKE ALL ON {table} FROM PUBLIC",
            to_role(PORTAL, f"REVOKE ALL ON {table} FROM {{role}}"),
        ]
        return revoke + [
            to_role(role, f"GRANT {rights} ON {table} TO {{role}}")
            for role, rights in self.rights.items()
        ]

    def backwards(self, app_label: str, apps: Apps) -> list[str]:
        """Return the statements that undo it."""
        table = _table(apps, app_label, self.model)
        return [to_role(role, f"REVOKE ALL ON {table} FROM {{role}}") for role in self.rights]

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Give rights on {self.model}"


def to_role(role: str, statement: str) -> str:
    """Return a statement that runs only where the role exists; {role} stands for its name."""
    return (
        f"DO $do$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
        f"EXECUTE $run${statement.format(role=role)}$run$; END IF; END $do$"
    )


def load_key(key: bytes, using: str = "default") -> str:
    """Keep a ticket key in the database as its two HMAC blocks and return its key id.

    Runs as the owner of the context; the key itself is never stored.
    """
    from portal.scope import hmac_blocks, key_id  # noqa: PLC0415 - scope stands on this module

    inner, outer = hmac_blocks(key)
    with connections[using].cursor() as cursor:
        cursor.execute(
            "INSERT INTO ctx.key (kid, inner_block, outer_block) VALUES (%s, %s, %s) "
            "ON CONFLICT (kid) DO NOTHING",
            [key_id(key), inner, outer],
        )
    return key_id(key)


def _table(apps: Apps, app_label: str, model: str) -> str:
    """Return the quoted name of a model's table."""
    name: str = apps.get_model(app_label, model)._meta.db_table  # noqa: SLF001 - Django's documented way to a model's table
    return '"' + name.replace('"', '""') + '"'
