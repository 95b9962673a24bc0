"""Erase persons the sender names by their pseudonyms, and everything that hangs on them."""

import json
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from portal.specification import DataSet, ItemType, Table
from portal.transfers import Transfer
from viewer.models import RECORD_MODELS, DisplayPseudonym, Record
from viewer.relations import newest_data_set

Keys = dict[tuple[str, str], set[UUID]]


def erase(erasure: Transfer) -> tuple[int, date | None]:
    """Delete every record of the persons listed; return how many, and since which period.

    The caller is inside the provider's scope and a transaction. Again is harmless.
    """
    persons = [UUID(one) for one in json.loads(erasure.report or b"{}").get("persons", ())]
    data_set, gone, days, rows = newest_data_set(), Keys(), set[date](), 0
    for table in data_set.order:
        for found in _theirs(table, gone, persons):
            _remember(table, found, data_set, gone)
            everything = found | _of_the_same_keys(table, gone)
            days |= set(everything.values_list("period_end", flat=True))
            rows += everything.delete()[0]
    patients = set[UUID]().union(*gone.values())
    DisplayPseudonym.objects.filter(patient__in=patients).delete()
    return rows, min(days, default=None)


def _theirs(table: Table, gone: Keys, persons: list[UUID]) -> Iterator[QuerySet[Record]]:
    """The rows that are the persons' by a pseudonym, or that refer to a row that was theirs."""
    hers = Q(pk=None)
    for item in table.items_of(ItemType.NHS_NUMBER):
        hers |= Q(**{f"{table.sent_name(item.name)}__in": persons})
    for reference in table.parents:
        column = table.sent_name(reference.items[0])
        values = gone.get((reference.table, reference.parent_items[0]))
        if values and column:
            hers |= Q(**{f"{column}__in": values})
    if table.name in RECORD_MODELS and hers != Q(pk=None):
        yield QuerySet(RECORD_MODELS[table.name]).filter(hers)


def _of_the_same_keys(table: Table, gone: Keys) -> QuerySet[Record]:
    """The rows of a table with a key that was theirs on any day."""
    hers = Q(pk=None)
    for (name, item), values in gone.items():
        if name == table.name:
            hers |= Q(**{f"{table.sent_name(item)}__in": values})
    return QuerySet(RECORD_MODELS[table.name]).filter(hers)


def _remember(table: Table, found: QuerySet[Record], data_set: DataSet, gone: Keys) -> None:
    """Keep the keys of rows by which other tables refer to them."""
    for child in data_set.order:
        for reference in child.parents:
            item = reference.parent_items[0]
            column = table.sent_name(item) if reference.table == table.name else None
            if column:
                keys = set(found.exclude(**{column: None}).values_list(column, flat=True))
                gone.setdefault((table.name, item), set()).update(keys)
