"""Pieces of SQL over the record tables, made from the specification and safe to join together.

Names come from the specification and are quoted; values are bound. The provider is nowhere in a
statement: row-level security supplies it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings

from portal.specification import (
    Comparison,
    Condition,
    Constant,
    DataSet,
    IsBlank,
    IsFilled,
    NotOneOf,
    OfParent,
    OfRow,
    OneOf,
    Operand,
    Table,
    load_data_set,
    versions,
)

_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


class NotCounted(Exception):
    """A measure needs something that the specification does not send."""


def record_table(table: str) -> str:
    """Return the quoted name under which the rows of a table are held."""
    return f'"viewer_{table.lower()}"'


def known_table(table: str) -> str:
    """Return the quoted name of the rows known of late, each with the day the next one came."""
    return f'"known_{table.lower()}"'


@dataclass
class Statement:
    """A statement being written: its specification, its day, its bound values and its tables."""

    data_set: DataSet
    as_at: date | None = None
    since: date | None = None
    values: dict[str, Any] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)

    def bind(self, value: Any) -> str:  # noqa: ANN401 - whatever the driver can bind
        """Bind a value and return its placeholder."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"

    def rows(self, table: str) -> str:
        """Return the rows of a table that stand: the newest, or the newest known on the day."""
        self.tables.add(table)
        if self.as_at is None:
            return f"(SELECT * FROM {record_table(table)} WHERE newest)"  # noqa: S608 - our names
        day = self.bind(self.as_at)
        return (
            f"(SELECT * FROM {known_table(table)} WHERE period_end <= {day} "  # noqa: S608 - our names
            f"AND (until IS NULL OR until > {day}))"
        )

    def column(self, alias: str, table: str, name: str) -> str:
        """Return a column of a row as it was sent. Raises NotCounted when it is not sent."""
        sent = self.data_set.tables[table].sent_name(name)
        if sent is None:
            raise NotCounted(f"{table}: {name} stays on the other side")
        return f'{alias}."{sent}"'

    def meets(self, alias: str, table: str, conditions: Iterable[Condition]) -> str:
        """Return the SQL of conditions that must all hold."""
        parts = [self._condition(alias, table, condition) for condition in conditions]
        return " AND ".join(parts) or "TRUE"

    def _condition(self, alias: str, table: str, condition: Condition) -> str:
        """Return the SQL of one condition."""
        match condition:
            case OneOf(item, values):
                among = f"ANY({self.bind(list(values))}::text[])"
                return f"{self.column(alias, table, item)} = {among}"
            case NotOneOf(item, values):
                return (
                    f"{self.column(alias, table, item)} <> ALL({self.bind(list(values))}::text[])"
                )
            case IsBlank(item):
                return f"{self.column(alias, table, item)} IS NULL"
            case IsFilled(item):
                return f"{self.column(alias, table, item)} IS NOT NULL"
            case Comparison(left, op, right, offset_days):
                first, second = (
                    self._operand(alias, table, left),
                    self._operand(alias, table, right),
                )
                return f"{first} {_SIGNS[op]} {second} + {int(offset_days)}"
        raise NotCounted(f"{table}: {type(condition).__name__} is not asked of records")

    def _operand(self, alias: str, table: str, operand: Operand) -> str:
        """Return the SQL of one side of a comparison."""
        match operand:
            case OfRow(item):
                return self.column(alias, table, item)
            case Constant(value):
                return f"{self.bind(value)}::text"
        raise NotCounted(f"{table}: {type(operand).__name__} is not asked of records")


@dataclass
class Joined:
    """A table with its ancestors joined once each, as operands ask for them."""

    statement: Statement
    table: str
    joins: dict[str, str] = field(default_factory=dict)

    def operand(self, operand: Operand) -> str:
        """Return the SQL of an item of the row or of an ancestor, joining the ancestor."""
        if isinstance(operand, OfRow):
            return self.statement.column("r", self.table, operand.item)
        if isinstance(operand, OfParent):
            return self.statement.column(self._ancestor(operand.table), operand.table, operand.item)
        raise NotCounted(f"{self.table}: {type(operand).__name__} is not asked of records")

    def clauses(self) -> str:
        """Return the FROM clause: the table as r, and every ancestor asked for."""
        return f"{self.statement.rows(self.table)} AS r " + " ".join(self.joins.values())

    def _ancestor(self, ancestor: str) -> str:
        """Join the way to an ancestor and return its alias."""
        below, alias = self.table, "r"
        for step in self.statement.data_set.path(self.table, ancestor):
            above = f"a_{step.table.lower()}"
            pairs = zip(step.items, step.parent_items, strict=True)
            matches = " AND ".join(
                f"{self.statement.column(above, step.table, theirs)} = "
                f"{self.statement.column(alias, below, ours)}"
                for ours, theirs in pairs
            )
            if above not in self.joins:
                rows = self.statement.rows(step.table)
                self.joins[above] = f"LEFT JOIN {rows} AS {above} ON {matches}"
            below, alias = step.table, above
        return alias


def newest_data_set() -> DataSet:
    """Return the newest version of the data set; its tables hold those of the earlier ones."""
    return load_data_set(settings.DATA_SET, versions(settings.DATA_SET)[-1])


def shared_columns(table: Table, other: Table, via: Iterable[str]) -> list[tuple[str, str]]:
    """Return the sent columns under which two tables hold the same items."""
    pairs = ((table.sent_name(name), other.sent_name(name)) for name in via)
    return [(ours, theirs) for ours, theirs in pairs if ours and theirs]


def matches(
    statement: Statement, one: tuple[str, str], other: tuple[str, str], via: Iterable[str]
) -> str:
    """Return the SQL that joins two tables, each an alias and a name, by items both hold."""
    tables = statement.data_set.tables
    pairs = shared_columns(tables[one[1]], tables[other[1]], via)
    return " AND ".join(f'{other[0]}."{theirs}" = {one[0]}."{ours}"' for ours, theirs in pairs)
