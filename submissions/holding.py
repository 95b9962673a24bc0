"""What is held of a table while a submission is judged: a few bytes a record, and no text.

Keys are held as hashes, links to other tables as row numbers, and of the values only the dates and
codes that rules of other tables, or across records, will ask for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.specification import (
    Condition,
    DataSet,
    Mandation,
    OfParent,
    Reference,
    Rule,
    Table,
)
from submissions.keys import Hashed, Index, Keys, Rows, joined
from submissions.rules.operands import condition
from submissions.rules.scene import Scene
from submissions.surveying import Flags, Places
from submissions.values import has_type, typed_name

Items = tuple[str, ...]


@dataclass(frozen=True)
class KeyNeed:
    """Items whose hash is held; zero where a needed one is blank or the condition does not hold."""

    items: Items
    needed: Items
    where: Condition | None = None


@dataclass(frozen=True)
class Needs:
    """What must be held of one table, because some rule will ask for it."""

    keys: frozenset[KeyNeed]
    values: frozenset[str]
    links: tuple[Reference, ...]
    ancestors: tuple[OfParent, ...]

    @cached_property
    def hashed(self) -> frozenset[str]:
        """The items that are part of some key."""
        keys = [key.items for key in self.keys] + [link.items for link in self.links]
        return frozenset(item for items in keys for item in items)


def needs_of(data_set: DataSet, present: AbstractSet[str]) -> Mapping[str, Needs]:
    """What must be held of each table that is present."""
    keys: dict[str, set[KeyNeed]] = defaultdict(set)
    values: dict[str, set[str]] = defaultdict(set)
    links: dict[str, dict[Reference, None]] = defaultdict(dict)
    ancestors: dict[str, set[OfParent]] = defaultdict(set)
    for table in (table for table in data_set.order if table.name in present):
        for link in links_of(table):
            links[table.name][link] = None
            keys[link.table].add(target(data_set.tables[link.table], link.parent_items))
        for rule in table.rules:
            _note(rule, table, data_set, keys, values[table.name])
            ancestors[table.name].update(parents_in(rule))
        for operand in ancestors[table.name]:
            values[operand.table].add(operand.item)
    return {
        name: Needs(
            frozenset(keys[name]),
            frozenset(values[name]),
            tuple(links[name]),
            tuple(sorted(ancestors[name], key=str)),
        )
        for name in data_set.tables
    }


def target(table: Table, items: Items) -> KeyNeed:
    """The key by which the records of a table are found."""
    return KeyNeed(items, mandatory(table, items))


def unique_key(rule: Rule, table: Table) -> KeyNeed:
    """The key a rule of that kind wants to be unique."""
    said = rule.settings
    needed = said["items"] if said["ignore_blank"] else mandatory(table, said["items"])
    return KeyNeed(said["items"], needed, said["where"])


def links_of(table: Table) -> Iterable[Reference]:
    """The references of a table: those of its layout and those its rules name."""
    yield from table.parents
    for rule in table.rules:
        if rule.kind == "reference":
            yield link_of(rule)


def link_of(rule: Rule) -> Reference:
    """The reference a rule of that kind asks about."""
    said = rule.settings
    return Reference(said["items"], said["table"], said["parent_items"])


def _note(
    rule: Rule,
    table: Table,
    data_set: DataSet,
    keys: dict[str, set[KeyNeed]],
    values: set[str],
) -> None:
    """Note what one rule needs of its own table and of its children."""
    said = rule.settings
    match rule.kind:
        case "unique":
            keys[table.name].add(unique_key(rule, table))
        case "has_child":
            child = data_set.tables[said["table"]]
            keys[table.name].add(target(table, said["via"]))
            keys[child.name].add(target(child, said["via"]))
        case "no_overlap":
            keys[table.name].add(target(table, said["group_by"]))
            values.update((said["start"], said["end"]))
        case "complete_set":
            keys[table.name].add(target(table, said["group_by"]))
            values.add(said["item"])
        case "sum_equals":
            keys[table.name].add(target(table, said["group_by"]))
            values.update((said["value"], said["member"]))


def parents_in(rule: Rule) -> Iterable[OfParent]:
    """Every item of another table a rule looks at."""
    waiting: list[object] = list(rule.settings.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, OfParent):
            yield value
        elif isinstance(value, tuple):
            waiting.extend(value)
        elif hasattr(value, "__dataclass_fields__"):
            waiting.extend(getattr(value, name) for name in value.__dataclass_fields__)


@dataclass
class Held:
    """What is held of one table. `rejected`, `warned` and `root` have one entry for each record."""

    table: Table
    needs: Needs
    data_set: DataSet
    records: int = 0
    rejected: Flags = field(default_factory=lambda: np.empty(0, np.bool_))
    warned: Flags = field(default_factory=lambda: np.empty(0, np.bool_))
    root: npt.NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))
    lines: list[Places] = field(default_factory=list)
    keys: dict[KeyNeed, Keys] = field(default_factory=dict)
    links: dict[Reference, Rows] = field(default_factory=dict)
    values: dict[str, pl.Series] = field(default_factory=dict)
    filled: dict[str, pl.Series] = field(default_factory=dict)
    indexes: dict[Items, Index] = field(default_factory=dict)

    def index(self, items: Items) -> Index:
        """The records by key, made when it is first asked for."""
        if items not in self.indexes:
            self.indexes[items] = Index(self.keys[target(self.table, items)])
        return self.indexes[items]

    def lines_of(self, rows: npt.NDArray[np.integer]) -> Places:
        """The physical lines of some records."""
        if not len(rows):
            return np.empty(0, np.int64)
        edges = np.cumsum([0, *(len(part) for part in self.lines)])
        part = np.searchsorted(edges, rows, side="right") - 1
        found = np.empty(len(rows), np.int64)
        for number in np.unique(part).tolist():
            among = part == number
            found[among] = _line(self.lines[number], rows[among] - edges[number])
        return found


@dataclass(frozen=True)
class Run:
    """Lines that follow one another, held as a beginning and a length."""

    first: int
    length: int

    def __len__(self) -> int:
        return self.length


def compact(lines: Places) -> Places | Run:
    """Lines as a run where they are one."""
    first, length = int(lines[0]), len(lines)
    return Run(first, length) if int(lines[-1]) - first == length - 1 else lines.astype(np.int32)


def _line(lines: Places | Run, places: Places) -> Places:
    """The lines at some places."""
    return places + lines.first if isinstance(lines, Run) else lines[places].astype(np.int64)


class Holding:
    """Gathers what is held of a table, chunk by chunk."""

    def __init__(self, table: Table, needs: Needs, data_set: DataSet) -> None:
        self.held = Held(table, needs, data_set)
        self.keys: dict[KeyNeed, list[Keys]] = defaultdict(list)
        self.links: dict[Reference, list[Rows]] = defaultdict(list)
        self.values: dict[str, list[pl.Series]] = defaultdict(list)
        self.filled: dict[str, list[pl.Series]] = defaultdict(list)
        self.records = 0
        self.marks: list[tuple[Flags, Flags, npt.NDArray[np.uint16]]] = []

    def add(self, frame: pl.DataFrame, lines: Places, scene: Scene, hashed: Hashed) -> None:
        """Take from a chunk what later rules will ask for."""
        needs, table = self.held.needs, self.held.table
        for need in needs.keys:
            where = condition(need.where, scene)
            self.keys[need].append(hashed.key(need.items, need.needed, where))
        for item in needs.values:
            column = typed_name(item) if has_type(table.items[item], self.held.data_set) else item
            self.values[item].append(frame[column])
            self.filled[item].append(frame[item].is_not_null())
        self.records += frame.height
        self.held.lines.append(compact(lines))  # type: ignore[arg-type]

    def finish(self) -> Held:
        """Return what is held of the whole table. A null behind the last stands for no record."""
        held = self.held
        held.keys = {need: joined(self.keys[need]) for need in held.needs.keys}
        held.links = {link: np.concatenate(parts) for link, parts in self.links.items()}
        held.values = {item: _ended(parts) for item, parts in self.values.items()}
        held.filled = {item: _ended(parts) for item, parts in self.filled.items()}
        if self.marks:
            rejected, warned, root = zip(*self.marks, strict=True)
            held.rejected = np.concatenate(rejected)
            held.warned = np.concatenate(warned)
            held.root = np.concatenate(root)
        held.records = len(held.rejected)
        return held


def mandatory(table: Table, items: Items) -> Items:
    """Of some items, those without which a key says nothing; of none mandatory, the first."""
    wanted = tuple(item for item in items if table.items[item].mandation is Mandation.MANDATORY)
    return wanted or items[:1]


def _ended(parts: list[pl.Series]) -> pl.Series:
    """The parts of a column with a null behind them."""
    return pl.concat([*parts, pl.Series([None], dtype=parts[0].dtype)], rechunk=True)
