"""Judge a few records together: their rules, keys and links, and what is lost with what."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from portal.specification.model import Mandation, Rule, Severity, Table
from portal.specification.synthesis.checks import ROW_CHECKS
from portal.specification.synthesis.expecting import (
    Found,
    Records,
    Row,
    meets,
    of_items,
    rejects,
    unreadable,
    value_in,
)

Places = dict[int, Row]
Key = tuple[str | None, ...]


def judge(records: Records) -> tuple[list[Found], dict[tuple[str, int], str]]:
    """All findings, and for each row lost with its parent the code of the root cause."""
    found: list[Found] = []
    for table in records.data_set.order:
        for place, row in records.rows.get(table.name, {}).items():
            found += of_items(records, table, place, row)
            found += _of_row(records, table, place, row)
        found += _across(records, table)
    return found, _lost(records, found)


def _of_row(records: Records, table: Table, place: int, row: Row) -> Iterator[Found]:
    for rule in table.rules:
        if rule.kind == "reference":
            yield from _dangling(records, table, place, row, rule)
    for rule in table.rules:
        check = ROW_CHECKS.get(rule.kind)
        if check is None:
            continue
        for name in check(records, table.name, row, rule):
            text = row[name]
            item = table.items[name]
            if text is None or unreadable(records.data_set, item, text) not in ("F", "V"):
                yield Found(table.name, place, name, rule.code)


def _dangling(records: Records, table: Table, place: int, row: Row, rule: Rule) -> Iterator[Found]:
    said = rule.settings
    wanted = [row[name] for name in said["items"]]
    if None in wanted or records.first(said["table"], said["parent_items"], wanted):
        return
    yield Found(table.name, place, said["items"][0], rule.code)


def _across(records: Records, table: Table) -> Iterator[Found]:
    rows = records.rows.get(table.name, {})
    for rule in table.rules:
        check = _ACROSS.get(rule.kind)
        if check is not None and rows:
            yield from check(records, table, rows, rule)


def _key(row: Row, items: tuple[str, ...], needed: tuple[str, ...]) -> Key | None:
    blank = any(row[name] is None for name in needed)
    return None if blank else tuple(row[name] for name in items)


def _mandatory(table: Table, items: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in items if table.items[name].mandation is Mandation.MANDATORY)


def _groups(table: Table, rows: Places, items: tuple[str, ...]) -> Iterator[list[int]]:
    grouped: dict[Key, list[int]] = defaultdict(list)
    for place, row in rows.items():
        key = _key(row, items, _mandatory(table, items))
        if key is not None:
            grouped[key].append(place)
    yield from grouped.values()


def _unique(records: Records, table: Table, rows: Places, rule: Rule) -> Iterator[Found]:
    said = rule.settings
    needed = said["items"] if said["ignore_blank"] else _mandatory(table, said["items"])
    grouped: dict[Key, list[int]] = defaultdict(list)
    for place, row in rows.items():
        key = _key(row, said["items"], needed)
        if key is not None and meets(records, table.name, row, said["where"]):
            grouped[key].append(place)
    for places in grouped.values():
        if len(places) > 1:
            yield from (Found(table.name, one, said["items"][0], rule.code) for one in places)


def _singleton(_: Records, table: Table, rows: Places, rule: Rule) -> Iterator[Found]:
    first = next(iter(table.items))
    yield from (Found(table.name, place, first, rule.code) for place in list(rows)[1:])


def _has_child(records: Records, table: Table, rows: Places, rule: Rule) -> Iterator[Found]:
    said = rule.settings
    for place, row in rows.items():
        wanted = [row[name] for name in said["via"]]
        if None not in wanted and records.first(said["table"], said["via"], wanted) is None:
            yield Found(table.name, place, said["via"][0], rule.code)


def _no_overlap(records: Records, table: Table, rows: Places, rule: Rule) -> Iterator[Found]:
    said = rule.settings
    spare = timedelta(days=0 if said["allow_touch"] else 1)
    for places in _groups(table, rows, said["group_by"]):
        spans = []
        for place in places:
            start, end = (
                value_in(records.data_set, table.name, rows[place], said[edge])
                for edge in ("start", "end")
            )
            if isinstance(start, date) and (end is None or end >= start):  # type: ignore[operator]
                until = end if isinstance(end, date) else date(9999, 12, 30)
                spans.append((start, until + spare, place))
        for one in spans:
            if any(_meet(one, other) for other in spans if other is not one):
                yield Found(table.name, one[2], said["group_by"][0], rule.code)


def _meet(one: tuple[date, date, int], other: tuple[date, date, int]) -> bool:
    earlier, later = sorted((one, other))
    return later[0] < earlier[1]


def _complete_set(_: Records, table: Table, rows: Places, rule: Rule) -> Iterator[Found]:
    said = rule.settings
    for places in _groups(table, rows, said["group_by"]):
        held = {rows[place][said["item"]] for place in places}
        if not set(said["values"]) <= held:
            yield from (Found(table.name, one, said["group_by"][0], rule.code) for one in places)


def _sum_equals(records: Records, table: Table, rows: Places, rule: Rule) -> Iterator[Found]:
    said = rule.settings
    for places in _groups(table, rows, said["group_by"]):
        held = [
            (
                rows[place][said["member"]],
                value_in(records.data_set, table.name, rows[place], said["value"]),
            )
            for place in places
        ]
        total = [value for member, value in held if member == said["total"]]
        parts = [value for member, value in held if member != said["total"]]
        if not total or None in (*total, *parts):
            continue
        if total[0] != sum(one for one in parts if isinstance(one, int)):
            yield from (Found(table.name, one, said["group_by"][0], rule.code) for one in places)


def _reconcile(records: Records, table: Table, rows: Places, rule: Rule) -> Iterator[Found]:
    said = rule.settings
    for place, row in rows.items():
        stated = value_in(records.data_set, table.name, row, said["item"])
        counted = records.derived.get((table.name, place))
        if not isinstance(stated, int) or counted is None:
            continue
        if abs(stated - counted) > max(said["absolute"], counted * said["percent"] / 100):
            yield Found(table.name, place, said["item"], rule.code)


_ACROSS: Mapping[str, Callable[[Records, Table, Places, Rule], Iterator[Found]]] = {
    "unique": _unique,
    "singleton": _singleton,
    "has_child": _has_child,
    "no_overlap": _no_overlap,
    "complete_set": _complete_set,
    "sum_equals": _sum_equals,
    "reconcile": _reconcile,
}


def _lost(records: Records, found: list[Found]) -> dict[tuple[str, int], str]:
    """Rows that are rejected only because what they belong to is, with the root cause."""
    roots: dict[tuple[str, int], str] = {}
    for one in found:
        if rejects(records.data_set, one):
            roots.setdefault((one.table, one.place), one.code)
    lost: dict[tuple[str, int], str] = {}
    for table in records.data_set.order:
        for rule in table.rules:
            if rule.kind != "reference" or rule.severity is Severity.WARNING:
                continue
            for place, row in records.rows.get(table.name, {}).items():
                root = _root_of_parent(records, row, rule, roots)
                if root and (table.name, place) not in roots:
                    roots[table.name, place] = lost[table.name, place] = root
    return lost


def _root_of_parent(
    records: Records, row: Row, rule: Rule, roots: Mapping[tuple[str, int], str]
) -> str | None:
    said = rule.settings
    wanted = [row[name] for name in said["items"]]
    if None in wanted:
        return None
    for place, parent in records.rows.get(said["table"], {}).items():
        if [parent[name] for name in said["parent_items"]] == wanted:
            return roots.get((said["table"], place))
    return None
