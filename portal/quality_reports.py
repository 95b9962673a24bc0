"""The data quality report: what both instances show a provider about its own submission.

A report holds counts, rules and places. It holds a value of the sender's only where the item is
kept as it is by pseudonymisation; everywhere else it holds the shape of the value.
"""

import dataclasses
import json
import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_PLAIN = frozenset({str, int, float, bool, types.NoneType})


@dataclass(frozen=True)
class Fault:
    """One structural fault of a file: what is wrong, where, and how to put it right."""

    code: str
    file: str
    line: int | None
    column: int | None
    byte: int | None
    sentence: str
    fix: str


@dataclass(frozen=True)
class TableCounts:
    """What became of the records of one table. Received = accepted + rejected + cascaded."""

    table: str
    title: str
    received: int
    accepted: int
    rejected: int
    cascaded: int
    warned: int


@dataclass(frozen=True)
class Cascade:
    """Records of a table that were rejected because a record they belong to was."""

    table: str
    count: int


@dataclass(frozen=True)
class Common:
    """A frequent bad value of an item that is kept, and how often it occurs."""

    value: str
    count: int


@dataclass(frozen=True)
class Example:
    """One finding: the physical line and the record, and the value or only its shape."""

    line: int
    record: int
    value: str | None = None
    shape: str | None = None


@dataclass(frozen=True)
class RuleResult:
    """All findings of one rule on one item, with the cascade they caused."""

    code: str
    table: str
    item: str | None
    kind: str
    severity: str
    message: str
    fix: str
    basis: str
    verified: bool
    count: int
    rejected: int
    cascaded: tuple[Cascade, ...] = ()
    commonest: tuple[Common, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def lost(self) -> int:
        """How many records of all tables this rule cost, the cascade included."""
        return self.rejected + sum(cascade.count for cascade in self.cascaded)


@dataclass(frozen=True)
class ItemQuality:
    """The values of one item: valid, other, default, invalid and missing (VODIM)."""

    table: str
    item: str
    title: str
    valid: int
    other: int
    default: int
    invalid: int
    missing: int
    scored: bool = False
    threshold: float | None = None
    score: float | None = None


@dataclass(frozen=True)
class Reconciled:
    """A submitted aggregate beside the same measure derived from the records."""

    rule: str
    table: str
    key: tuple[tuple[str, str], ...]
    submitted: int | None
    derived: int
    within: bool


@dataclass(frozen=True)
class NotChecked:
    """Something a rule could not look at, and why. Records is none when the whole rule was idle."""

    rule: str
    table: str
    item: str | None
    because: str
    records: int | None = None


@dataclass(frozen=True)
class Change:
    """How the findings of one rule and item went from one submission to the next."""

    rule: str
    table: str
    item: str | None
    before: int
    after: int


@dataclass(frozen=True)
class Difference:
    """What changed since the submission before."""

    fixed: tuple[Change, ...] = ()
    still: tuple[Change, ...] = ()
    new: tuple[Change, ...] = ()


@dataclass(frozen=True)
class QualityReport:
    """All that is said about one submission."""

    provider: str
    data_set: str
    version: str
    period_start: date | None
    period_end: date | None
    outcome: str
    received_at: datetime | None
    records: int
    faults: tuple[Fault, ...] = ()
    fault_count: int = 0
    tables: tuple[TableCounts, ...] = ()
    rules: tuple[RuleResult, ...] = ()
    items: tuple[ItemQuality, ...] = ()
    score: float | None = None
    coverage: float | None = None
    timeliness_hours: float | None = None
    reconciliation: tuple[Reconciled, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    difference: Difference | None = None
    limit: int = 0

    def to_json(self) -> str:
        """Return the report as JSON text."""
        return json.dumps(dataclasses.asdict(self), default=_plain, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "QualityReport":
        """Read a report back. Raises ValueError for anything that is not one."""
        try:
            report = _made(cls, json.loads(text))
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError("This is not a data quality report.") from problem
        if not isinstance(report, cls):
            raise TypeError("This is not a data quality report.")
        return report


def _plain(value: object) -> str:
    """Return a date as text."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _made(kind: Any, value: Any) -> Any:  # noqa: ANN401  JSON holds anything
    """Make a value of a kind out of what JSON holds."""
    if value is None:
        return None
    if get_origin(kind) in (Union, types.UnionType):
        return _made(next(part for part in get_args(kind) if part is not types.NoneType), value)
    if get_origin(kind) is tuple:
        return _made_tuple(get_args(kind), value)
    if dataclasses.is_dataclass(kind):
        return _made_record(kind, value)
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    return kind(value)


def _made_tuple(parts: tuple[Any, ...], values: list[Any]) -> tuple[Any, ...]:
    """Make a tuple: of one kind and any length, or of fixed parts."""
    if parts[-1] is Ellipsis:
        return tuple(_made(parts[0], value) for value in values)
    return tuple(_made(part, value) for part, value in zip(parts, values, strict=True))


def _made_record(kind: Any, value: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON holds anything
    """Make a frozen dataclass; an unknown name is refused."""
    hints = _hints(kind)
    if _is_plain(kind):
        if not _PLAIN.issuperset(map(type, value.values())):
            raise TypeError(kind.__name__)
        return kind(**value)
    return kind(**{name: _made(hints[name], part) for name, part in value.items()})


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    """The kinds of a record's fields; a report has tens of thousands of records."""
    return get_type_hints(kind)


@cache
def _is_plain(kind: type) -> bool:
    """Whether all fields of a record are as JSON gives them, so that it can be made at once."""
    parts = [set(get_args(hint)) or {hint} for hint in _hints(kind).values()]
    return all(_PLAIN.issuperset(part) for part in parts)
