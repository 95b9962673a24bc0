"""Empty the database after a test that committed: the few tables that hold something, and no other.

Django truncates every table and makes every permission anew, which costs more than most tests.
What migrations fill (kinds of content, permissions) stays, and so does the audit trail, which can
only grow.
"""

from django.apps import apps
from django.db import connections, transaction
from django.db.models.signals import post_migrate
from django.test import TransactionTestCase
from psycopg import sql

KEPT = {"django_content_type", "auth_permission"}
# Rows behind forced row-level security cannot be seen by the owner, and append-only tables refuse a
# DELETE; both can be truncated. A table that has pages may hold rows, one that has none does not.
HOLDING = """
    SELECT c.relname,
           c.relforcerowsecurity OR EXISTS (
               SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
                      AND t.tgtype & 8 = 8)
      FROM pg_class c
     WHERE c.relkind = 'r' AND c.relname = ANY(%s) AND pg_relation_size(c.oid) > 0
       AND c.relnamespace = current_schema()::regnamespace
"""


def empty_tables(case: TransactionTestCase) -> None:
    """Leave every database of a test as the migrations left it."""
    for name in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        _empty(name)
        portal = apps.get_app_config("portal")
        post_migrate.send(
            sender=portal,
            app_config=portal,
            verbosity=0,
            interactive=False,
            using=name,
            apps=apps,
            plan=[],
        )


def _empty(name: str) -> None:
    connection = connections[name]
    tables = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    with transaction.atomic(using=name), connection.cursor() as cursor:
        cursor.execute(HOLDING, [sorted(tables)])
        holding = cursor.fetchall()
        for table in (table for table, is_guarded in holding if not is_guarded):
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        guarded = [sql.Identifier(table) for table, is_guarded in holding if is_guarded]
        if guarded:
            cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(guarded)))
