"""A data set specification as frozen values: tables, data items, rules, treatments, value sets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from portal.specification.operands import Condition


class ItemType(StrEnum):
    """What kind of value a data item holds."""

    STRING = "string"
    CODE = "code"
    INTEGER = "integer"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    ORG_CODE = "org_code"
    SITE_CODE = "site_code"
    GP_PRACTICE = "gp_practice"
    POSTCODE = "postcode"
    NHS_NUMBER = "nhs_number"
    SNOMED = "snomed"
    CLINICAL_CODE = "clinical_code"


class Mandation(StrEnum):
    """How badly an item is wanted: a blank M rejects the record, a blank R is counted."""

    MANDATORY = "M"
    REQUIRED = "R"
    OPTIONAL = "O"
    PILOT = "P"


class Identifier(StrEnum):
    """How far an item identifies a person."""

    DIRECT = "direct"
    QUASI = "quasi"
    NONE = "none"


class Method(StrEnum):
    """What becomes of an item before it leaves the AGEM instance."""

    KEEP = "keep"
    DROP = "drop"
    HMAC = "hmac"
    MONTH = "month"
    AGE = "age"
    AREA = "area"
    GROUP = "group"


class Severity(StrEnum):
    """What a broken rule costs, the harshest first."""

    REJECT_FILE = "reject_file"
    REJECT_GROUP = "reject_group"
    REJECT_RECORD = "reject_record"
    WARNING = "warning"


class SentType(StrEnum):
    """The type of a column that leaves the AGEM instance."""

    UUID = "uuid"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    INTEGER = "integer"


@dataclass(frozen=True)
class Treatment:
    """What becomes of an item: the method, and what that method needs."""

    method: Method
    domain: str | None = None
    scope: str | None = None
    output: str | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    at: str | None = None
    from_items: tuple[str, ...] = ()
    use_when: Condition | None = None
    attribute: str | None = None
    value_set: str | None = None
    disclosure: str | None = None


@dataclass(frozen=True)
class DataItem:
    """One data item: its meaning, form and treatment."""

    name: str
    uid: str | None
    title: str
    description: str
    type: ItemType
    format: str
    min_length: int | None
    max_length: int
    mandation: Mandation
    identifier: Identifier
    treatment: Treatment
    value_set: str | None = None
    default_values: tuple[str, ...] = ()
    unit: str | None = None
    sensitive: bool = False
    dqmi: bool = False
    verified: bool = True
    source: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule: a kind, its settings, what breaking it costs and what to do about it."""

    code: str
    kind: str
    severity: Severity
    message: str
    fix: str
    settings: Mapping[str, Any]
    basis: str | None = None
    verified: bool = True
    national_severity: Severity | None = None


@dataclass(frozen=True)
class Derived:
    """A column made from the identifiable record before it leaves."""

    name: str
    title: str
    kind: str
    settings: Mapping[str, Any]
    type: SentType
    value_set: str | None = None
    verified: bool = True


@dataclass(frozen=True)
class SentColumn:
    """A column that leaves the AGEM instance, and the items it was made from."""

    name: str
    type: SentType
    title: str
    items: tuple[str, ...]
    value_set: str | None = None
    sensitive: bool = False


@dataclass(frozen=True)
class Reference:
    """Items of a row that name a row of another table."""

    items: tuple[str, ...]
    table: str
    parent_items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table: what a row stands for, its items, rules and columns to send."""

    name: str
    title: str
    grain: str
    category: str
    key: tuple[str, ...]
    history_key: tuple[str, ...]
    parents: tuple[Reference, ...]
    items: Mapping[str, DataItem]
    rules: tuple[Rule, ...]
    derived: Mapping[str, Derived]
    sent_columns: tuple[SentColumn, ...]
    aggregate: bool = False
    membership: str = ""
    verified: bool = True
    excluded: tuple[str, ...] = ()
    excluded_because: str = ""

    @property
    def number(self) -> str:
        """The short number of the table, CYP201 for CYP201CareContact."""
        return self.name[:6]

    @property
    def file_name(self) -> str:
        """The name the table's file must have."""
        return f"{self.name}.csv"

    def item(self, name: str) -> DataItem:
        """The data item of this name."""
        return self.items[name]

    def items_of(self, *types: ItemType) -> Iterator[DataItem]:
        """The items of the given types, in order."""
        return (item for item in self.items.values() if item.type in types)

    @cached_property
    def sent(self) -> Mapping[str, SentColumn]:
        """The sent columns by name."""
        return {column.name: column for column in self.sent_columns}

    def sent_name(self, name: str) -> str | None:
        """The column under which an item, or a derived column, leaves; None if it stays."""
        if name in self.derived:
            return name
        treatment = self.items[name].treatment
        if treatment.method is Method.KEEP:
            return name
        return treatment.output or next(iter(treatment.outputs), None)

    @property
    def sent_key(self) -> tuple[str, ...]:
        """The columns that stand for the history key on the national side."""
        names = (self.sent_name(name) for name in self.history_key)
        return tuple(name for name in names if name is not None)


@dataclass(frozen=True)
class Code:
    """One code of a value set; `quality` is valid, other or default."""

    code: str
    label: str
    quality: str
    retired: date | None
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class ValueSet:
    """The codes an item may hold. If `first_character`, only that character is looked up."""

    name: str
    title: str
    codes: Mapping[str, Code]
    source: str = ""
    notes: str = ""
    verified: bool = True
    first_character: bool = False

    def attribute(self, name: str) -> Mapping[str, str]:
        """An attribute of each code that has one."""
        held = ((code.code, code.attributes.get(name, "")) for code in self.codes.values())
        return {code: value for code, value in held if value}
