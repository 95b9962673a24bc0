"""What a rule compares, as an expression; and the conditions under which it asks."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

import polars as pl

from portal.specification import (
    Comparison,
    Condition,
    Constant,
    DataItem,
    DataSet,
    InProduction,
    IsBlank,
    IsFilled,
    ItemType,
    Moment,
    NotOneOf,
    OfHeader,
    OfParent,
    OfRow,
    OfSystem,
    OneOf,
    Operand,
)
from submissions import values
from submissions.rules.scene import NotAsked, Scene

DAYS_PER_YEAR_MARK = 100


class Kind(Enum):
    """What two operands must have in common to be compared."""

    DAY = "day"
    MOMENT = "moment"
    SECONDS = "seconds"
    NUMBER = "number"
    TEXT = "text"
    TEXTS = "texts"


KINDS = {
    ItemType.DATE: Kind.DAY,
    ItemType.DATETIME: Kind.MOMENT,
    ItemType.TIME: Kind.SECONDS,
    ItemType.INTEGER: Kind.NUMBER,
}


RELATIONS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


@dataclass(frozen=True)
class Value:
    """An expression and what it stands for."""

    expression: pl.Expr
    kind: Kind


def parent_column(operand: OfParent) -> str:
    """The column in which an item of an ancestor stands beside the record."""
    return f"{operand.table}.{operand.item}"


def parent_filled(operand: OfParent) -> str:
    """The column that says whether that item is filled."""
    return f"{parent_column(operand)}?"


def parent_item(operand: OfParent, data_set: DataSet) -> DataItem:
    """The item of the ancestor."""
    return data_set.tables[operand.table].items[operand.item]


def value_of(operand: Operand, scene: Scene) -> Value:
    """The value an operand stands for. Raises NotAsked where it cannot be known."""
    match operand:
        case OfRow(item):
            return _of_row(item, scene)
        case OfHeader(item):
            return _literal(_said(item, scene))
        case OfParent(table, item):
            _check_way(table, scene)
            kind = KINDS.get(parent_item(operand, scene.data_set).type, Kind.TEXT)
            return Value(pl.col(parent_column(operand)), kind)
        case Moment(day, time):
            both = values.moment(values.typed(day), values.typed(time))
            return Value(both, Kind.MOMENT)
        case OfSystem(name):
            return _of_system(name, scene)
        case Constant(value):
            return _literal(value)


def _check_way(ancestor: str, scene: Scene) -> None:
    """Raise NotAsked where a table on the way to an ancestor is not there."""
    for step in scene.data_set.path(scene.table.name, ancestor):
        if step.table in scene.absent:
            raise NotAsked(f"{step.table} was not sent or could not be read.")


def _of_row(name: str, scene: Scene) -> Value:
    if name in scene.missing:
        raise NotAsked(f"{name} was not sent.")
    kind = KINDS.get(scene.item(name).type)
    return Value(pl.col(name), Kind.TEXT) if kind is None else Value(values.typed(name), kind)


def _said(item: str, scene: Scene) -> date | datetime | str:
    said = scene.header.get(item)
    if said is None:
        raise NotAsked(f"The header's {item} cannot be read.")
    return said


def _literal(value: date | datetime | str) -> Value:
    if isinstance(value, datetime):
        return Value(pl.lit(value), Kind.MOMENT)
    if isinstance(value, date):
        return Value(pl.lit(value), Kind.DAY)
    return Value(pl.lit(value), Kind.TEXT)


def _of_system(name: str, scene: Scene) -> Value:
    context = scene.context
    known: dict[str, Any] = {
        "authenticated_org": context.submitter,
        "received_at": context.received_locally,
        "received_date": context.received_locally.date(),
    }
    if name in known:
        return _literal(known[name])
    texts = {
        "authorised_providers": context.authorised_providers,
        "versions_in_force": context.versions_in_force,
    }[name]
    if texts is None:
        raise NotAsked("The versions in force are not known.")
    return Value(pl.lit(pl.Series(sorted(texts), dtype=pl.String)).implode(), Kind.TEXTS)


def compared(left: Operand, op: str, right: Operand, offset_days: int, scene: Scene) -> pl.Expr:
    """Whether the left operand stands in the relation to the right one; null if one is blank."""
    one, other = _comparable(value_of(left, scene), value_of(right, scene))
    if other.kind is Kind.TEXTS:
        return one.expression.is_in(other.expression)
    return RELATIONS[op](one.expression, _moved(other, offset_days))


def _comparable(left: Value, right: Value) -> tuple[Value, Value]:
    """A day and a moment are compared by day."""
    if {left.kind, right.kind} == {Kind.DAY, Kind.MOMENT}:
        return _as_day(left), _as_day(right)
    return left, right


def _as_day(value: Value) -> Value:
    if value.kind is Kind.DAY:
        return value
    return Value(value.expression.dt.date(), Kind.DAY)


def _moved(value: Value, days: int) -> pl.Expr:
    """A day or moment, moved by some days."""
    return value.expression + timedelta(days=days) if days else value.expression


def day_of(operand: Operand, scene: Scene) -> pl.Expr:
    """An operand as a day."""
    return _as_day(value_of(operand, scene)).expression


def years_between(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """Whole years between two days; a birthday on 29 February comes round on 1 March."""
    marks = [
        day.dt.month().cast(pl.Int32) * DAYS_PER_YEAR_MARK + day.dt.day() for day in (first, second)
    ]
    years = second.dt.year() - first.dt.year()
    return years - (marks[1] < marks[0]).cast(pl.Int32)


def condition(when: Condition | None, scene: Scene) -> pl.Expr | None:
    """Whether a condition holds; none if there is none. Never null; what was not sent is blank."""
    return None if when is None else _holds(when, scene)


def _holds(when: Condition, scene: Scene) -> pl.Expr:
    match when:
        case OneOf(item, codes):
            return pl.col(item).is_in(codes).fill_null(value=False)
        case NotOneOf(item, codes):
            return (_known(item, scene) & ~pl.col(item).is_in(codes)).fill_null(value=False)
        case IsBlank(item):
            return pl.col(item).is_null()
        case IsFilled(item):
            return pl.col(item).is_not_null()
        case Comparison(left, op, right, offset_days):
            return compared(left, op, right, offset_days, scene).fill_null(value=False)
        case InProduction():
            return _in_production(scene)


def _in_production(scene: Scene) -> pl.Expr:
    if not scene.context.production:
        raise NotAsked("This is not live use.")
    return pl.lit(value=True)


def _known(item: str, scene: Scene) -> pl.Expr:
    """Whether an item holds something that can be read: an unknown code says nothing."""
    if values.has_type(scene.item(item), scene.data_set):
        return values.typed(item).is_not_null()
    return pl.col(item).is_not_null()


def under(when: Condition | None, asked: pl.Expr, scene: Scene) -> pl.Expr:
    """A question asked only where the condition holds."""
    holds = condition(when, scene)
    return asked if holds is None else pl.when(holds).then(asked)


def is_filled(operand: Operand, scene: Scene) -> pl.Expr:
    """Whether an operand of the record or of an ancestor holds anything."""
    if isinstance(operand, OfParent):
        value_of(operand, scene)
        return pl.col(parent_filled(operand))
    if isinstance(operand, OfRow):
        if operand.item in scene.missing:
            raise NotAsked(f"{operand.item} was not sent.")
        return pl.col(operand.item).is_not_null()
    return value_of(operand, scene).expression.is_not_null()
