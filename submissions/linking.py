"""Find the records that a record belongs to, and put what rules ask of them beside it."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import polars as pl

from portal.specification import Reference
from submissions.holding import Held, Needs
from submissions.keys import Hashed, Rows
from submissions.rules.operands import parent_column, parent_filled

NO_RECORD = -1


def linked(
    hashed: Hashed, needs: Needs, held: Mapping[str, Held]
) -> tuple[dict[Reference, Rows], dict[Reference, Rows]]:
    """For each reference of a table: the row each record of a chunk belongs to (-1 for none).

    And for each reference the places of records that name a record which is not there.
    """
    rows: dict[Reference, Rows] = {}
    dangling: dict[Reference, Rows] = {}
    for link in needs.links:
        keys = hashed.key(link.items, link.items)
        parent = held.get(link.table)
        found: Rows = (
            np.full(len(keys.first), NO_RECORD, np.int32)
            if parent is None
            else parent.index(link.parent_items).find(keys)
        )
        rows[link] = found
        dangling[link] = np.flatnonzero((found < 0) & (keys.first != 0)).astype(np.int32)
    return rows, dangling


def beside(
    rows: Mapping[Reference, Rows],
    needs: Needs,
    held: Mapping[str, Held],
    paths: Mapping[str, tuple[Reference, ...]],
) -> list[pl.Series]:
    """The items of ancestors that rules ask for, one column each, null where unknown.

    None where a table on the way to them was not sent or could not be read.
    """
    columns: list[pl.Series] = []
    for operand in needs.ancestors:
        if any(link.table not in held for link in paths[operand.table]):
            continue
        source = held[operand.table]
        found = _follow(rows, paths[operand.table], held)
        at = pl.Series(np.where(found < 0, source.records, found))
        columns.append(source.values[operand.item][at].alias(parent_column(operand)))
        columns.append(source.filled[operand.item][at].alias(parent_filled(operand)))
    return columns


def _follow(
    rows: Mapping[Reference, Rows], path: tuple[Reference, ...], held: Mapping[str, Held]
) -> Rows:
    """The rows of an ancestor, reached from reference to reference; -1 where the way ends."""
    found = rows[path[0]]
    for before, link in pairwise(path):
        onward = np.append(held[before.table].links[link], NO_RECORD).astype(np.int32)
        found = onward[found]
    return found
