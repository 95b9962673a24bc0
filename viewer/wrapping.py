"""Give a provider's pseudonyms the names that a wrapping key makes of them, where they are held.

No key is here: the other side is asked for the new names and tells them for this one change.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import sql

from portal.manifests import BrokenSeal
from portal.specification import Method, load_data_set
from portal.transfers import Transfer
from viewer.loading import history_of
from viewer.models import RECORD_MODELS, Record, versions_holding
from viewer.whole_joins import joined_whole

_DIGITS = 32
_NAMES = """
CREATE TEMPORARY TABLE renamed (domain text, old uuid, new uuid)
ON COMMIT DROP
"""
_HELD = "SELECT DISTINCT replace({column}::text, '-', '') FROM {table} WHERE {column} IS NOT NULL"
_UNTOLD = """
SELECT count(*) FROM (
    SELECT {column} FROM {table} WHERE {column} IS NOT NULL
    EXCEPT SELECT old FROM renamed WHERE domain = {domain}
) AS untold
"""
_RENAME = """
UPDATE {table} SET {column} = renamed.new FROM renamed
WHERE renamed.domain = {domain} AND renamed.old = {table}.{column}
"""
_AS_LOADED = "UPDATE {table} SET history = {history}"


class Asked(Exception):
    """The new names of the pseudonyms held, by domain, are needed before anything changes."""

    def __init__(self, held: Mapping[str, list[str]]) -> None:
        super().__init__("The new names are not known.")
        self.held = held


def wrap(rotation: Transfer) -> int:
    """Rename every pseudonym of the provider in scope and return how many rows there are.

    The caller is in a transaction. Raises Asked where the transfer does not tell the new names,
    and BrokenSeal INCOMPLETE where it leaves one out; then nothing changes.
    """
    renamed = json.loads(rotation.report or b"{}").get("renamed")
    if renamed is None:
        raise Asked(_held())
    with joined_whole(), connections["default"].cursor() as cursor:
        cursor.execute(_NAMES)
        with cursor.copy("COPY renamed FROM STDIN") as copy:
            for domain, (old, new) in renamed.items():
                for start in range(0, len(old), _DIGITS):
                    name = slice(start, start + _DIGITS)
                    copy.write_row((domain, old[name], new[name]))
        cursor.execute("ANALYZE renamed")
        rows = sum(_rename(name, model) for name, model in RECORD_MODELS.items())
        cursor.execute("DROP TABLE renamed")
    return rows


def _held() -> dict[str, list[str]]:
    """The pseudonyms held, by the domain they were made in."""
    held: dict[str, set[str]] = {}
    for name, model in RECORD_MODELS.items():
        for column, domain in _pseudonyms(name):
            found = _run(_HELD, model, column=sql.Identifier(column))
            held.setdefault(domain, set()).update(one for (one,) in found)
    return {domain: sorted(names) for domain, names in held.items() if names}


def _rename(name: str, model: type[Record]) -> int:
    for column, domain in _pseudonyms(name):
        names = {"column": sql.Identifier(column), "domain": sql.Literal(domain)}
        if _run(_UNTOLD, model, **names) != [(0,)]:
            raise BrokenSeal("INCOMPLETE", name, column)
        _run(_RENAME, model, **names)
    newest = load_data_set(settings.DATA_SET, versions_holding(name)[-1])
    _run(_AS_LOADED, model, history=history_of(newest.tables[name]))
    return model.objects.count()


def _pseudonyms(name: str) -> Iterator[tuple[str, str]]:
    """The columns of a table that hold pseudonyms, in any version, each with its domain."""
    found: dict[str, str] = {}
    for version in versions_holding(name):
        for item in load_data_set(settings.DATA_SET, version).tables[name].items.values():
            if item.treatment.method is Method.HMAC:
                found[str(item.treatment.output)] = str(item.treatment.domain)
    yield from found.items()


def _run(statement: str, model: type[Record], **names: sql.Composable) -> list[tuple[Any, ...]]:
    table = sql.Identifier(model._meta.db_table)  # noqa: SLF001 - Django's documented way
    with connections["default"].cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(table=table, **names).as_string())
        return cursor.fetchall() if cursor.description else []
