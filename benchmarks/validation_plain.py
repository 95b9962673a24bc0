"""The rules across items of a record as plain functions, for peers that judge row by row.

What a careful user of such a peer would write by hand: a closure for each rule, sets and
dictionaries made once, dates compared as text.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from validation_contenders import context, data_set, read

from portal.specification import OfHeader, OfParent, OfRow, OneOf, Operand, Rule, Table

Row = Mapping[str, str | None]
Ask = Callable[[Row], bool]
Value = Callable[[Row], str | None]
RELATIONS: dict[str, Callable[[str, str], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def plain_checks(folder: Path, table: Table) -> list[Ask]:
    """For each rule of the table across items: whether a record breaks it."""
    return [ask for rule in table.rules for ask in _asks(folder, table, rule)]


def _asks(folder: Path, table: Table, rule: Rule) -> Iterator[Ask]:
    said = rule.settings
    match rule.kind:
        case "compare":
            yield _compares(folder, table, rule)
        case "required_if" | "forbidden_if":
            for one in said["items"]:
                yield _asks_for(one.item, said["when"], blank=rule.kind == "required_if")
        case "range":
            item, low, high = said["measure"].item, said["minimum"], said["maximum"]
            yield lambda row: _is_outside(row[item], low, high)
        case "reference":
            keys = set(read(folder, said["table"]).select(said["parent_items"]).iter_rows())
            items = said["items"]
            yield lambda row: _dangles(tuple(row[name] for name in items), keys)
        case "org_live" | "site_live":
            known = set((context().organisations or {}) | (context().sites or {}))
            yield lambda row: bool(row[said["item"]]) and row[said["item"]] not in known


def _asks_for(item: str, when: OneOf, *, blank: bool) -> Ask:
    """Under a condition an item must be filled, or must be blank."""
    name, values = when.item, frozenset(when.values)
    if blank:
        return lambda row: row[name] in values and not row[item]
    return lambda row: row[name] in values and bool(row[item])


def _is_outside(text: str | None, low: int, high: int) -> bool:
    return bool(text) and str(text).isdigit() and not low <= int(str(text)) <= high


def _dangles(key: tuple[str | None, ...], keys: set[tuple[str, ...]]) -> bool:
    return all(key) and key not in keys


def _compares(folder: Path, table: Table, rule: Rule) -> Ask:
    """Whether both are filled and do not stand as they should."""
    said = rule.settings
    left, right = (_value(folder, table, said[side]) for side in ("left", "right"))
    holds, when = RELATIONS[said["op"]], said["when"]

    def ask(row: Row) -> bool:
        if when and row[when.item] not in when.values:
            return False
        one, other = left(row), right(row)
        return bool(one and other) and not holds(str(one), str(other))

    return ask


def _value(folder: Path, table: Table, operand: Operand) -> Value:
    """How an operand is read from a record."""
    if isinstance(operand, OfRow):
        return operator.itemgetter(operand.item)
    if isinstance(operand, OfHeader):
        said = read(folder, data_set().header.name)[operand.item].item(0)
        return lambda _: said
    if not isinstance(operand, OfParent):
        raise TypeError(operand)
    own, held = _of_parent(folder, table, operand)
    return lambda row: held.get(row[own] or "")


def _of_parent(folder: Path, table: Table, operand: OfParent) -> tuple[str, dict[str, str | None]]:
    """The item that names the parent, and what the ancestor of each parent holds."""
    path = data_set().path(table.name, operand.table)
    held: dict[str, str | None] = {}
    for place, link in reversed(list(enumerate(path))):
        last = place == len(path) - 1
        wanted = operand.item if last else path[place + 1].items[0]
        rows = read(folder, link.table).select(link.parent_items[0], wanted).iter_rows()
        held = {key: value if last else held.get(value) for key, value in rows}
    return path[0].items[0], held
