"""Put the rows of a transfer into the record tables, in place of the rows they replace.

Rows are staged in a temporary table, since PostgreSQL refuses COPY under row-level security, and
inserted inside the provider's scope, where the policy checks whose they are.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl
from django.db import connections
from django.db.models import Exists, OuterRef
from psycopg import sql

from portal.specification import DataSet, SentType, Table
from viewer.display import token_of
from viewer.models import DisplayPseudonym, Record
from viewer.patients import patient_table
from viewer.whole_joins import joined_whole

_TYPES = {
    SentType.UUID: "uuid",
    SentType.TEXT: "text",
    SentType.DATE: "date",
    SentType.TIME: "time",
    SentType.DATETIME: "timestamptz",
    SentType.INTEGER: "bigint",
}
# The rows of the old transfer that stood for their key, before they go.
_MARK_LOST = """
CREATE TEMPORARY TABLE lost ON COMMIT DROP AS SELECT DISTINCT history FROM {table}
WHERE period_end = %(period_end)s AND transfer = %(replaced)s AND newest
"""
_REMOVE = "DELETE FROM {table} WHERE period_end = %(period_end)s AND transfer = %(replaced)s"
_OVERTAKE = """
UPDATE {table} AS held SET newest = FALSE FROM staged
WHERE held.newest AND held.history = staged.history AND held.period_end <= %(period_end)s
"""
_INSERT = """
INSERT INTO {table} (provider, period_end, transfer, row, history, newest, {columns})
SELECT %(provider)s::text, %(period_end)s, %(transfer)s, row, history, NOT EXISTS (
    SELECT 1 FROM {table} AS later
    WHERE later.history = staged.history AND later.period_end > %(period_end)s
), {columns} FROM staged
"""
# Where an old row stood for a key that the new transfer does not state, an earlier row stands.
_LET_STAND = """
UPDATE {table} SET newest = TRUE WHERE id IN (
    SELECT DISTINCT ON (history) id FROM {table}
    WHERE history IN (SELECT history FROM lost EXCEPT SELECT history FROM staged)
    ORDER BY history, period_end DESC, row DESC
)
"""
_REPLACING = (_MARK_LOST, _REMOVE, _OVERTAKE, _INSERT, _LET_STAND, "DROP TABLE lost, staged")
_CLEARING = (_MARK_LOST, _REMOVE, _LET_STAND, "DROP TABLE lost, staged")


@dataclass(frozen=True)
class Place:
    """Whose rows are loaded, for which period, by which transfer, in place of which."""

    provider: str
    period_end: date
    transfer: UUID
    replaced: UUID | None


def load(table: Table, model: type[Record], frames: Iterable[pl.DataFrame], place: Place) -> int:
    """Replace the rows of a table, inside the provider's scope, and return how many were loaded."""
    rows = _stage(table, frames)
    _run(_REPLACING, model, table, place)
    return rows


def clear(model: type[Record], place: Place) -> None:
    """Remove the rows of a transfer, inside the provider's scope; earlier rows stand again."""
    with connections["default"].cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE staged (history uuid) ON COMMIT DROP")
    _run(_CLEARING, model, None, place)


def name_patients(data_set: DataSet, model: type[Record], provider: str) -> None:
    """Give every patient that has none a display pseudonym, inside the provider's scope."""
    patient = patient_table(data_set).sent_key[0]
    named = DisplayPseudonym.objects.filter(patient=OuterRef(patient))
    unnamed = (
        model.objects.filter(~Exists(named), **{f"{patient}__isnull": False})
        .values_list(patient, flat=True)
        .distinct()
    )
    with joined_whole():
        found = list(unnamed)
    DisplayPseudonym.objects.bulk_create(
        (
            DisplayPseudonym(provider=provider, token=token_of(provider, one), patient=one)
            for one in found
        ),
        batch_size=5000,
        ignore_conflicts=True,
    )


def forget_patients(data_set: DataSet, model: type[Record]) -> None:
    """Take away the display pseudonyms of patients of whom no record is held any more."""
    patient = patient_table(data_set).sent_key[0]
    held = model.objects.filter(**{patient: OuterRef("patient")})
    with joined_whole():
        DisplayPseudonym.objects.filter(~Exists(held)).delete()


def _run(statements: Iterable[str], model: type[Record], table: Table | None, place: Place) -> None:
    """Run statements that move rows between the staged and the record table."""
    columns = table.sent_columns if table else ()
    names = {
        "table": sql.Identifier(model._meta.db_table),  # noqa: SLF001 - Django's documented way
        "columns": sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
    }
    with joined_whole(), connections["default"].cursor() as cursor:
        for statement in statements:
            text = sql.SQL(statement).format(**names).as_string()
            cursor.execute(text, vars(place) if "%(" in statement else None)


def _stage(table: Table, frames: Iterable[pl.DataFrame]) -> int:
    """Copy frames of sent columns into the temporary table `staged`, with row and history key."""
    columns = sql.SQL(", ").join(
        sql.SQL("{name} {type}").format(
            name=sql.Identifier(column.name), type=sql.SQL(_TYPES[column.type])
        )
        for column in table.sent_columns
    )
    rows = 0
    with connections["default"].cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE staged (row integer, {columns}, history uuid "
                "GENERATED ALWAYS AS ({key}) STORED) ON COMMIT DROP"
            )
            .format(columns=columns, key=history_of(table))
            .as_string()
        )
        names = sql.SQL(", ").join(sql.Identifier(one.name) for one in table.sent_columns)
        into = sql.SQL("COPY staged (row, {names}) FROM STDIN (FORMAT csv)").format(names=names)
        with cursor.copy(into.as_string()) as copy:
            for frame in frames:
                copy.write(_as_csv(table, frame, rows))
                rows += frame.height
        cursor.execute("ANALYZE staged")
    return rows


def _as_csv(table: Table, frame: pl.DataFrame, offset: int) -> bytes:
    """Return a frame as CSV for COPY: row number first, pseudonyms as hexadecimal digits."""
    pseudonyms = [one.name for one in table.sent_columns if one.type is SentType.UUID]
    plain = frame.with_columns(pl.col(name).bin.encode("hex") for name in pseudonyms)
    numbered = plain.with_row_index("row", offset=offset + 1)
    written = io.BytesIO()
    numbered.write_csv(written, include_header=False)
    return written.getvalue()


def history_of(table: Table) -> sql.Composable:
    """Return the digest of a row's history key as SQL that may be generated; null without a key."""
    if not table.sent_key:
        return sql.SQL("NULL::uuid")
    types = {column.name: column.type for column in table.sent_columns}
    parts = []
    for name in table.sent_key:
        column = sql.Identifier(name)
        text = sql.SQL(
            "({} - DATE '2000-01-01')::text" if types[name] is SentType.DATE else "{}::text"
        )
        parts.append(sql.SQL("coalesce({}, '')").format(text.format(column)))
    joined = sql.SQL(" || chr(31) || ").join(parts)
    return sql.SQL("md5({})::uuid").format(joined)
