"""Readers of single settings: from what TOML says to typed values, refusing what is unknown."""

from collections.abc import Callable, Mapping
from typing import Any

from portal.specification.operands import (
    OPERATORS,
    SYSTEM_NAMES,
    AgeGroupOf,
    Comparison,
    Condition,
    Constant,
    DaysBetween,
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
    YearsBetween,
)
from portal.specification.scope import Scope, check_keys

Reader = Callable[[Scope, Any], object]


def text(scope: Scope, value: object) -> str:
    """A piece of text."""
    if not isinstance(value, str):
        raise scope.refusal(f"{value!r} is not text")
    return value


def texts(scope: Scope, value: object) -> tuple[str, ...]:
    """A list of pieces of text."""
    if not isinstance(value, list):
        raise scope.refusal(f"{value!r} is not a list")
    return tuple(text(scope, one) for one in value)


def whole(scope: Scope, value: object) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise scope.refusal(f"{value!r} is not a whole number")
    return value


def number(scope: Scope, value: object) -> float:
    """A number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise scope.refusal(f"{value!r} is not a number")
    return value


def yes_or_no(scope: Scope, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise scope.refusal(f"{value!r} is neither true nor false")
    return value


def mapping(scope: Scope, value: object) -> dict[str, str]:
    """Text by text."""
    if not isinstance(value, dict):
        raise scope.refusal(f"{value!r} is not a table")
    return {key: text(scope, one) for key, one in value.items()}


def item(scope: Scope, value: object) -> str:
    """An item of the table."""
    return scope.known_item(value)


def items(scope: Scope, value: object) -> tuple[str, ...]:
    """Items of the table."""
    return tuple(scope.known_item(one) for one in texts(scope, value))


def column(scope: Scope, value: object) -> str:
    """An item or derived column of the table."""
    return scope.known_column(value)


def columns(scope: Scope, value: object) -> tuple[str, ...]:
    """Items or derived columns of the table."""
    return tuple(scope.known_column(one) for one in texts(scope, value))


def table(scope: Scope, value: object) -> str:
    """A table of this version."""
    return scope.known_table(value)


def measure_name(scope: Scope, value: object) -> str:
    """A measure of this version."""
    return scope.known_measure(value)


def value_set(scope: Scope, value: object) -> str:
    """A value set of this version."""
    return scope.known_value_set(value)


def operator(scope: Scope, value: object) -> str:
    """A relation between two operands."""
    if value not in OPERATORS:
        raise scope.refusal(f"{value!r} is not one of {', '.join(OPERATORS)}")
    return str(value)


def _of_row(scope: Scope, said: Mapping[str, Any]) -> Operand:
    return OfRow(scope.known_item(said["item"]))


def _of_header(scope: Scope, said: Mapping[str, Any]) -> Operand:
    return OfHeader(scope.known_item(said["header"], scope.names.header))


def _of_parent(scope: Scope, said: Mapping[str, Any]) -> Operand:
    ancestor = scope.known_ancestor(said["parent"])
    return OfParent(ancestor, scope.known_item(said["item"], ancestor))


def _moment(scope: Scope, said: Mapping[str, Any]) -> Operand:
    return Moment(scope.known_item(said["date"]), scope.known_item(said["time"]))


def _of_system(scope: Scope, said: Mapping[str, Any]) -> Operand:
    if said["system"] not in SYSTEM_NAMES:
        raise scope.refusal(f"the portal does not know {said['system']!r}")
    return OfSystem(said["system"])


def _constant(scope: Scope, said: Mapping[str, Any]) -> Operand:
    return Constant(text(scope, said["constant"]))


_OPERANDS: Mapping[frozenset[str], Callable[[Scope, Mapping[str, Any]], Operand]] = {
    frozenset({"item"}): _of_row,
    frozenset({"header"}): _of_header,
    frozenset({"parent", "item"}): _of_parent,
    frozenset({"date", "time"}): _moment,
    frozenset({"system"}): _of_system,
    frozenset({"constant"}): _constant,
}


def operand(scope: Scope, value: object) -> Operand:
    """An operand, told by which keys it has."""
    if isinstance(value, dict) and frozenset(value) in _OPERANDS:
        return _OPERANDS[frozenset(value)](scope, value)
    raise scope.refusal(f"{value!r} is not an operand")


def operand_of_header(scope: Scope, value: object) -> Operand:
    """An item of the header."""
    found = operand(scope, value)
    if not isinstance(found, OfHeader):
        raise scope.refusal(f"{value!r} is not an item of the header")
    return found


def operand_of_parent(scope: Scope, value: object) -> Operand:
    """An item of an ancestor."""
    found = operand(scope, value)
    if not isinstance(found, OfParent):
        raise scope.refusal(f"{value!r} is not an item of an ancestor")
    return found


def operands(scope: Scope, value: object) -> tuple[Operand, ...]:
    """Operands; a bare name is an item of the row."""
    if not isinstance(value, list):
        raise scope.refusal(f"{value!r} is not a list")
    named = ({"item": one} if isinstance(one, str) else one for one in value)
    return tuple(operand(scope, one) for one in named)


_SPANS: Mapping[str, type[DaysBetween] | type[YearsBetween]] = {
    "days_between": DaysBetween,
    "years_between": YearsBetween,
}


def measured(scope: Scope, value: object) -> OfRow | DaysBetween | YearsBetween:
    """A number to hold against a range: an item, or the time between two dates."""
    if isinstance(value, str):
        return OfRow(scope.known_item(value))
    for key, span in _SPANS.items():
        if isinstance(value, dict) and value.keys() == {key}:
            first, second = (operand(scope, one) for one in value[key])
            return span(first, second)
    raise scope.refusal(f"{value!r} is nothing that can be measured")


def agreeing(scope: Scope, value: object) -> OfRow | AgeGroupOf:
    """What an attribute must equal: an item of the row, or an age group."""
    if not isinstance(value, dict):
        raise scope.refusal(f"{value!r} is neither an item nor an age group")
    if value.keys() == {"item"}:
        return OfRow(scope.known_item(value["item"]))
    keys = frozenset({"born", "at", "adult_from", "adult", "child"})
    check_keys(scope, value, keys, frozenset())
    return AgeGroupOf(
        operand(scope, value["born"]),
        operand(scope, value["at"]),
        whole(scope, value["adult_from"]),
        text(scope, value["adult"]),
        text(scope, value["child"]),
    )


def _comparison(scope: Scope, said: Mapping[str, Any]) -> Condition:
    check_keys(scope, said, frozenset({"left", "op", "right"}), frozenset({"offset_days"}))
    return Comparison(
        operand(scope, said["left"]),
        operator(scope, said["op"]),
        operand(scope, said["right"]),
        whole(scope, said.get("offset_days", 0)),
    )


def condition(scope: Scope, value: object) -> Condition:
    """When a rule asks: an item among values, blank or filled, a comparison, or live use."""
    if not isinstance(value, dict):
        raise scope.refusal(f"{value!r} is not a condition")
    match sorted(value):
        case ["in", "item"]:
            return OneOf(scope.known_column(value["item"]), texts(scope, value["in"]))
        case ["item", "not_in"]:
            return NotOneOf(scope.known_column(value["item"]), texts(scope, value["not_in"]))
        case ["is", "item"] if value["is"] == "blank":
            return IsBlank(scope.known_column(value["item"]))
        case ["is", "item"] if value["is"] == "filled":
            return IsFilled(scope.known_column(value["item"]))
        case ["setting"] if value["setting"] == "production":
            return InProduction()
        case _ if "left" in value:
            return _comparison(scope, value)
    raise scope.refusal(f"{value!r} is not a condition")


def conditions(scope: Scope, value: object) -> tuple[Condition, ...]:
    """Conditions that must all hold."""
    if not isinstance(value, list):
        raise scope.refusal(f"{value!r} is not a list")
    return tuple(condition(scope, one) for one in value)
