"""The kinds of rule that look at one record, each a plain question answered by what breaks it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from portal.specification.model import Rule
from portal.specification.operands import (
    AgeGroupOf,
    Comparison,
    DaysBetween,
    OfHeader,
    OfParent,
    OfRow,
    Operand,
    YearsBetween,
)
from portal.specification.synthesis.expecting import (
    Records,
    Row,
    Value,
    age_at,
    holds,
    item_of,
    meets,
    value_in,
    value_of,
)
from portal.specification.synthesis.shapes import is_clinical, is_nhs_number, is_snomed

Breaks = Iterator[str]


def _compare(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
    said = rule.settings
    asked = Comparison(said["left"], said["op"], said["right"], said["offset_days"])
    if meets(records, table, row, said["when"]) and holds(records, table, row, asked) is False:
        yield item_of(records, table, said["left"])


def _range(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
    measure, number = rule.settings["measure"], None
    subject = measure if isinstance(measure, OfRow) else measure.first
    if isinstance(measure, DaysBetween | YearsBetween):
        first = value_of(records, table, row, measure.first)
        second = value_of(records, table, row, measure.second)
        number = age_at(first, second)
        if (
            isinstance(measure, DaysBetween)
            and isinstance(first, date)
            and isinstance(second, date)
        ):
            number = (second - first).days
    else:
        held = value_of(records, table, row, measure)
        number = held if isinstance(held, int) else None
    if number is not None and not rule.settings["minimum"] <= number <= rule.settings["maximum"]:
        yield item_of(records, table, subject)


def _in_period(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
    roles, name = records.data_set.roles, rule.settings["item"]
    held = value_in(records.data_set, table, row, name)
    start, end = (
        value_of(records, table, row, OfHeader(edge)) for edge in (roles.start, roles.end)
    )
    if not isinstance(start, date) or not isinstance(end, date):
        return
    if isinstance(held, date) and not start <= held <= end:
        yield name


def _filled(records: Records, table: str, row: Row, operand: Operand) -> str | None:
    if isinstance(operand, OfParent):
        parent = records.parent(table, row, operand.table)
        return None if parent is None else parent[operand.item]
    return row[operand.item] if isinstance(operand, OfRow) else None


def _required_if(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
    allowed = rule.settings["must_be_in"]
    if not meets(records, table, row, rule.settings["when"]):
        return
    for operand in rule.settings["items"]:
        held = _filled(records, table, row, operand)
        if held is None or (allowed and held not in allowed):
            yield item_of(records, table, operand)


def _forbidden_if(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
    if meets(records, table, row, rule.settings["when"]):
        for operand in rule.settings["items"]:
            if _filled(records, table, row, operand) is not None:
                yield item_of(records, table, operand)


def _all_or_none(_: Records, __: str, row: Row, rule: Rule) -> Breaks:
    names = rule.settings["items"]
    if any(row[name] is not None for name in names):
        yield from (name for name in names if row[name] is None)


def _at_least_one(_: Records, __: str, row: Row, rule: Rule) -> Breaks:
    if all(row[name] is None for name in rule.settings["items"]):
        yield rule.settings["items"][0]


def _at_most_one(_: Records, __: str, row: Row, rule: Rule) -> Breaks:
    if sum(row[name] is not None for name in rule.settings["items"]) > 1:
        yield rule.settings["items"][0]


def _code_scheme(_: Records, __: str, row: Row, rule: Rule) -> Breaks:
    text = row[rule.settings["item"]]
    pattern = rule.settings["patterns"].get(row[rule.settings["scheme"]])
    if text is not None and pattern is not None and not is_clinical(text, pattern):
        yield rule.settings["item"]


def _code_attribute(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
    name, equals = rule.settings["item"], rule.settings["equals"]
    held = records.data_set.tables[table].items[name].value_set
    own = records.data_set.value_sets[str(held)].attribute(rule.settings["attribute"])
    if isinstance(equals, AgeGroupOf):
        age = age_at(*(value_of(records, table, row, one) for one in (equals.born, equals.at)))
        adult = age is not None and age >= equals.adult_from
        other: Value = None if age is None else (equals.adult if adult else equals.child)
    else:
        other = value_of(records, table, row, equals)
    mine = own.get(row[name] or "")
    if mine is not None and other is not None and mine != other:
        yield name


def _parent_in(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
    held = value_of(records, table, row, rule.settings["value"])
    if held is not None and held not in rule.settings["allowed"]:
        yield item_of(records, table, rule.settings["value"])


def _judged_by(right: Callable[[str], bool]) -> Callable[[Records, str, Row, Rule], Breaks]:
    def check(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
        held = value_in(records.data_set, table, row, rule.settings["item"])
        if isinstance(held, str) and not right(held):
            yield rule.settings["item"]

    return check


def _known(what: str) -> Callable[[Records, str, Row, Rule], Breaks]:
    def check(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
        name = rule.settings["item"]
        held = value_in(records.data_set, table, row, name)
        at = rule.settings.get("at")
        if held is None or (at and value_of(records, table, row, at) is None):
            return
        defaults = records.data_set.tables[table].items[name].default_values
        allowed = {*rule.settings.get("also_allowed", ()), *defaults}
        starts = tuple(one.removesuffix("*") for one in defaults if one.endswith("*"))
        known = held in records.known[what] or held in allowed
        if not known and not (starts and str(held).startswith(starts)):
            yield name

    return check


def _nhs_number_range(records: Records, table: str, row: Row, rule: Rule) -> Breaks:
    held = value_in(records.data_set, table, row, rule.settings["item"])
    made_up = isinstance(held, str) and held.startswith("9")
    if made_up and meets(records, table, row, rule.settings["when"]):
        yield rule.settings["item"]


def _not_default_date(_: Records, __: str, row: Row, rule: Rule) -> Breaks:
    if row[rule.settings["item"]] in rule.settings["values"]:
        yield rule.settings["item"]


ROW_CHECKS: Mapping[str, Callable[[Records, str, Row, Rule], Breaks]] = {
    "compare": _compare,
    "range": _range,
    "in_period": _in_period,
    "required_if": _required_if,
    "forbidden_if": _forbidden_if,
    "all_or_none": _all_or_none,
    "at_least_one": _at_least_one,
    "at_most_one": _at_most_one,
    "code_scheme": _code_scheme,
    "code_attribute": _code_attribute,
    "parent_in": _parent_in,
    "snomed": _judged_by(is_snomed),
    "nhs_number": _judged_by(is_nhs_number),
    "postcode_known": _known("postcodes"),
    "org_live": _known("organisations"),
    "site_live": _known("sites"),
    "not_default_date": _not_default_date,
    "nhs_number_range": _nhs_number_range,
    "known_assessment": _known("assessments"),
}
