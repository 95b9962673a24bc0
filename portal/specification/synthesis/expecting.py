"""What must be found in a few records: a slow, plain reading of the specification.

It is written apart from the engine that judges submissions, so that each proves the other. It looks
at the records of one person, or of one group of an aggregate table, and at nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from portal.specification.model import DataItem, ItemType, Mandation, Severity, Table
from portal.specification.operands import (
    Comparison,
    Condition,
    InProduction,
    IsBlank,
    IsFilled,
    Moment,
    NotOneOf,
    OfHeader,
    OfParent,
    OfRow,
    OfSystem,
    OneOf,
    Operand,
)
from portal.specification.synthesis.shapes import has_format
from portal.specification.whole import DataSet

Row = dict[str, str | None]
Value = str | int | date | datetime | frozenset[str] | None


@dataclass(frozen=True)
class Found:
    """A finding: the table, the place of the row in `Records`, the item and the code."""

    table: str
    place: int
    item: str
    code: str


@dataclass(frozen=True)
class Around:
    """What the portal knows beside the files: who sends what and when, and who the people are."""

    providers: frozenset[str]
    submitter: str
    versions: frozenset[str]
    received_at: datetime
    live: bool = False


@dataclass
class Records:
    """Some records of a submission: rows by table and place, and what the portal knows."""

    data_set: DataSet
    header: Row
    rows: dict[str, dict[int, Row]]
    known: Mapping[str, frozenset[str]]
    derived: Mapping[tuple[str, int], int] = field(default_factory=dict)
    around: Around | None = None

    def parent(self, table: str, row: Row, ancestor: str) -> Row | None:
        """The row of an ancestor, or none."""
        here: Row | None = row
        for step in self.data_set.path(table, ancestor):
            wanted = [here[item] for item in step.items] if here else [None]
            here = None if None in wanted else self.first(step.table, step.parent_items, wanted)
        return here

    def first(self, table: str, items: Sequence[str], wanted: Sequence[str | None]) -> Row | None:
        """The first row of a table with these values."""
        rows = self.rows.get(table, {}).values()
        return next((row for row in rows if [row[item] for item in items] == list(wanted)), None)


def unreadable(data_set: DataSet, item: DataItem, text: str) -> str | None:
    """The letter of the automatic check that a filled value fails, or none: F, V or X."""
    if item.value_set is None:
        return None if has_format(item, text) else "F"
    codes = data_set.value_sets[item.value_set]
    code = codes.codes.get(text)
    if code is None and codes.first_character:
        code = codes.codes.get(text[:1])
    if code is None:
        return "V" if (item.min_length or 1) <= len(text) <= item.max_length else "F"
    return "X" if code.retired is not None else None


def value_in(data_set: DataSet, table: str, row: Row, name: str) -> Value:
    """What an item of a row holds, as its type; none if it is blank or cannot be read."""
    item, text = data_set.tables[table].items[name], row[name]
    if text is None or unreadable(data_set, item, text) in ("F", "V"):
        return None
    match item.type:
        case ItemType.DATE:
            return date.fromisoformat(text)
        case ItemType.DATETIME:
            return datetime.fromisoformat(text)
        case ItemType.INTEGER:
            return int(text)
    return text


def value_of(records: Records, table: str, row: Row, operand: Operand) -> Value:
    """What an operand stands for, seen from a row."""
    data_set = records.data_set
    match operand:
        case OfRow(name):
            return value_in(data_set, table, row, name)
        case OfHeader(name):
            return value_in(data_set, data_set.header.name, records.header, name)
        case OfParent(ancestor, name):
            parent = records.parent(table, row, ancestor)
            return None if parent is None else value_in(data_set, ancestor, parent, name)
        case Moment(day, time):
            parts = [value_in(data_set, table, row, name) for name in (day, time)]
            return None if None in parts else datetime.fromisoformat(f"{parts[0]}T{parts[1]}")
        case OfSystem(name) if records.around is not None:
            return _known_around(records.around, name)
    return None


def _known_around(around: Around, name: str) -> Value:
    known: Mapping[str, Value] = {
        "authorised_providers": around.providers,
        "authenticated_org": around.submitter,
        "versions_in_force": around.versions,
        "received_date": around.received_at.date(),
        "received_at": around.received_at,
    }
    return known[name]


def _as_days(left: Value, right: Value) -> tuple[Value, Value]:
    if isinstance(left, datetime) != isinstance(right, datetime):
        left, right = (one.date() if isinstance(one, datetime) else one for one in (left, right))
    return left, right


_COMPARES: Mapping[str, Callable[[object, object], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: left < right,  # type: ignore[operator]
    "le": lambda left, right: left <= right,  # type: ignore[operator]
    "gt": lambda left, right: left > right,  # type: ignore[operator]
    "ge": lambda left, right: left >= right,  # type: ignore[operator]
    "in": lambda left, right: left in right,  # type: ignore[operator]
}


def holds(records: Records, table: str, row: Row, asked: Comparison) -> bool | None:
    """Whether a comparison holds; none if an operand is blank."""
    left = value_of(records, table, row, asked.left)
    right = value_of(records, table, row, asked.right)
    if left is None or right is None:
        return None
    left, right = _as_days(left, right)
    if asked.offset_days and isinstance(right, date):
        right = right + timedelta(days=asked.offset_days)
    return _COMPARES[asked.op](left, right)


def meets(records: Records, table: str, row: Row, condition: Condition | None) -> bool:
    """Whether a row meets a condition."""
    match condition:
        case None:
            return True
        case OneOf(name, values):
            return row[name] in values
        case NotOneOf(name, values):
            known = value_in(records.data_set, table, row, name) is not None
            return known and row[name] not in values
        case IsBlank(name) | IsFilled(name):
            return (row[name] is None) is isinstance(condition, IsBlank)
        case Comparison():
            return holds(records, table, row, condition) is True
        case InProduction():
            return records.around is not None and records.around.live


def age_at(born: Value, at: Value) -> int | None:
    """Whole years from one day to another."""
    if not isinstance(born, date) or not isinstance(at, date):
        return None
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def days_between(first: Value, second: Value) -> int | None:
    """Days from one day to another."""
    both = isinstance(first, date) and isinstance(second, date)
    return (second - first).days if both else None  # type: ignore[operator, union-attr]


def item_of(records: Records, table: str, operand: Operand) -> str:
    """The item a finding about an operand is put down to."""
    match operand:
        case OfRow(name):
            return name
        case Moment(day, _):
            return day
        case OfParent(ancestor, _):
            return records.data_set.path(table, ancestor)[0].items[0]
    return next(iter(records.data_set.tables[table].items))


def of_items(records: Records, table: Table, place: int, row: Row) -> Iterator[Found]:
    """The findings of the automatic checks on a row."""
    for name, item in table.items.items():
        text = row[name]
        letter = None
        if text is not None:
            letter = unreadable(records.data_set, item, text)
        elif item.mandation is Mandation.MANDATORY:
            letter = "B"
        if letter:
            yield Found(table.name, place, name, f"{table.number}-{name}-{letter}")


def rejects(data_set: DataSet, found: Found) -> bool:
    """Whether a finding rejects the row."""
    for rule in data_set.tables[found.table].rules:
        if rule.code == found.code:
            return rule.severity is not Severity.WARNING
    return found.code.endswith(("-B", "-F"))
