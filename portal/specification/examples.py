"""For each kind of rule, an example of what would break it, in words."""

from collections.abc import Callable, Mapping

from portal.specification.model import DataItem, ItemType, Rule, Table
from portal.specification.operands import (
    AgeGroupOf,
    Comparison,
    Condition,
    DaysBetween,
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
from portal.specification.whole import DataSet

_EARLY, _LATE = "2024-03-05", "2024-03-08"
_RELATIONS = {
    "eq": "equal to",
    "ne": "other than",
    "lt": "before",
    "le": "on or before",
    "gt": "after",
    "ge": "on or after",
    "in": "one of",
}


def example_of(data_set: DataSet, table: Table, rule: Rule) -> str:
    """What would break the rule, as a sentence with a made-up value."""
    return _EXAMPLES[rule.kind](data_set, table, rule)


def operand_in_words(operand: Operand) -> str:
    """An operand as a reader would name it."""
    match operand:
        case OfRow(item):
            return item
        case OfHeader(item):
            return f"{item} of the header"
        case OfParent(table, item):
            return f"{item} of its {table} row"
        case Moment(day, time):
            return f"{day} with {time}"
        case OfSystem(name):
            return name.replace("_", " ")
    return f"“{operand.value}”"


def condition_in_words(condition: Condition | None) -> str:
    """A condition as the second half of a sentence."""
    match condition:
        case OneOf(item, values):
            return f"{item} is {_any_of(values)}"
        case NotOneOf(item, values):
            return f"{item} is filled and not {_any_of(values)}"
        case IsBlank(item):
            return f"{item} is blank"
        case IsFilled(item):
            return f"{item} is filled"
        case Comparison(left, op, right):
            return f"{operand_in_words(left)} is {_RELATIONS[op]} {operand_in_words(right)}"
    return "the portal is in live use"


def _any_of(values: tuple[str, ...]) -> str:
    return " or ".join(values)


def _names(operands: tuple[Operand, ...]) -> str:
    return " or ".join(operand_in_words(one) for one in operands)


def _kind_of(data_set: DataSet, table: Table, operand: Operand) -> ItemType | None:
    items: DataItem | None = None
    match operand:
        case OfRow(name):
            items = table.items[name]
        case OfHeader(name):
            items = data_set.header.items[name]
        case OfParent(ancestor, name):
            items = data_set.tables[ancestor].items[name]
    return items.type if items else None


def _unique(_: DataSet, __: Table, rule: Rule) -> str:
    where = rule.settings["where"]
    among = f" in which {condition_in_words(where)}" if where else ""
    return f"Two rows{among} with the same {' and '.join(rule.settings['items'])}."


def _reference(_: DataSet, __: Table, rule: Rule) -> str:
    said = rule.settings
    return f"{' and '.join(said['items'])} that no {said['table']} row has."


def _has_child(_: DataSet, __: Table, rule: Rule) -> str:
    via = " and ".join(rule.settings["via"])
    return f"{via} that no {rule.settings['table']} row has."


def _compare(data_set: DataSet, table: Table, rule: Rule) -> str:
    said = rule.settings
    left, right = (operand_in_words(said[side]) for side in ("left", "right"))
    kind = _kind_of(data_set, table, said["left"])
    if isinstance(said["left"], Moment):
        return f"{left} at {_EARLY} 09:00:00, {right} at {_EARLY} 09:30:00."
    if said["op"] in ("eq", "in"):
        return f"{left} Z9A where {right} is Z9B."
    if kind is ItemType.INTEGER:
        return f"{left} 12 where {right} is 10."
    days = (_LATE, _EARLY) if said["op"] in ("le", "lt") else (_EARLY, _LATE)
    return f"{left} {days[0]} where {right} is {days[1]}."


def _range(_: DataSet, __: Table, rule: Rule) -> str:
    measure, beyond = rule.settings["measure"], rule.settings["maximum"] + 1
    match measure:
        case DaysBetween(first, second):
            between = f"{operand_in_words(first)} and {operand_in_words(second)}"
            return f"{beyond} days between {between}."
        case YearsBetween(first, second):
            between = f"{operand_in_words(first)} and {operand_in_words(second)}"
            return f"{beyond} years between {between}."
    return f"{operand_in_words(measure)} {beyond}."


def _required(_: DataSet, __: Table, rule: Rule) -> str:
    allowed = rule.settings["must_be_in"]
    other = f" or not {_any_of(allowed)}" if allowed else ""
    blank = f"{_names(rule.settings['items'])} blank{other}"
    return f"{blank} where {condition_in_words(rule.settings['when'])}."


def _forbidden(_: DataSet, __: Table, rule: Rule) -> str:
    filled = _names(rule.settings["items"])
    return f"{filled} filled where {condition_in_words(rule.settings['when'])}."


def _scheme(_: DataSet, __: Table, rule: Rule) -> str:
    said = rule.settings
    code = next(iter(said["patterns"]))
    return f"{said['item']} QQQQQ where {said['scheme']} is {code}."


def _attribute(_: DataSet, __: Table, rule: Rule) -> str:
    equals = rule.settings["equals"]
    if isinstance(equals, AgeGroupOf):
        return f"{rule.settings['item']} for children, of a person of {equals.adult_from} or older."
    return f"{rule.settings['item']} for children where {operand_in_words(equals)} is for adults."


def _parent_in(_: DataSet, __: Table, rule: Rule) -> str:
    held = operand_in_words(rule.settings["value"])
    return f"{held} other than {_any_of(rule.settings['allowed'])}."


def _said(text: str) -> Callable[[DataSet, Table, Rule], str]:
    """An example with the rule's item, and settings that are lists as text, filled in."""

    def example(_: DataSet, __: Table, rule: Rule) -> str:
        listed = {
            key: " and ".join(value) if isinstance(value, tuple) else value
            for key, value in rule.settings.items()
            if not isinstance(value, tuple) or all(isinstance(one, str) for one in value)
        }
        return text.format(**listed)

    return example


_EXAMPLES: Mapping[str, Callable[[DataSet, Table, Rule], str]] = {
    "unique": _unique,
    "singleton": _said("Two rows, or none."),
    "reference": _reference,
    "has_child": _has_child,
    "compare": _compare,
    "range": _range,
    "in_period": _said("{item} of the day before the reporting period."),
    "required_if": _required,
    "forbidden_if": _forbidden,
    "all_or_none": _said("One of {items} filled and another blank."),
    "at_least_one": _said("All of {items} blank."),
    "at_most_one": _said("Both of {items} filled."),
    "code_scheme": _scheme,
    "code_attribute": _attribute,
    "parent_in": _parent_in,
    "snomed": _said("{item} 73211000, as a spreadsheet rounds it."),
    "nhs_number": _said("{item} 9434765918, whose last digit is wrong."),
    "nhs_number_range": _said("{item} from 900 to 999 at its beginning."),
    "postcode_known": _said("{item} ZY99 9ZZ."),
    "org_live": _said("{item} Z0Z, or one closed before the day."),
    "site_live": _said("{item} Z0Z00, or one closed before the day."),
    "not_default_date": _said("{item} 1900-01-01."),
    "known_assessment": _said("{item} of something that is no assessment scale."),
    "no_overlap": _said("One row from {start} to {end}, another that begins in between."),
    "complete_set": _said("No row for one of {values}."),
    "sum_equals": _said("{total} 40 where the others add up to 43."),
    "reconcile": _said("{item} 60 where 40 are counted from the records."),
}
