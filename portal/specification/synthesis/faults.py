"""One fault of each kind: how a record must be changed so that a rule is broken."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from portal.specification.model import DataItem, ItemType, Rule
from portal.specification.operands import (
    AgeGroupOf,
    DaysBetween,
    Moment,
    NotOneOf,
    OfParent,
    OfRow,
    Operand,
    YearsBetween,
)
from portal.specification.synthesis.expecting import Value, meets, value_in, value_of
from portal.specification.synthesis.sites import Site, all_blank, filler, left_out, satisfy

_LONG_AGO = "1880-01-01"


def break_item(site: Site, name: str, letter: str) -> bool:
    """Make an item fail an automatic check. False if it cannot."""
    item = site.table.items[name]
    text = {
        "B": None,
        "F": _misformed(item, site.row[name]),
        "V": _unknown(item),
        "X": _retired(site, item),
    }
    if letter != "B" and text[letter] is None:
        return False
    site.row[name] = text[letter]
    return True


def _misformed(item: DataItem, text: str | None) -> str:
    if item.type is ItemType.DATE:
        return "05/03/2024"
    return f"{text or ''}{'?' * (item.max_length + 1)}"


def _unknown(item: DataItem) -> str | None:
    return "?" * item.max_length if item.value_set else None


def _retired(site: Site, item: DataItem) -> str | None:
    if item.value_set is None:
        return None
    codes = site.records.data_set.value_sets[item.value_set].codes.values()
    fit = (one.code for one in codes if one.retired and len(one.code) <= item.max_length)
    return next(fit, None)


def break_rule(site: Site, rule: Rule) -> bool:
    """Change the site so that the rule is broken. False if it cannot be done there."""
    breaker = BREAKERS.get(rule.kind)
    return breaker is not None and breaker(site, rule)


def _unique(site: Site, rule: Rule) -> bool:
    if not meets(site.records, site.table.name, site.row, rule.settings["where"]):
        return False
    site.add(dict(site.row))
    return True


def _reference(site: Site, rule: Rule) -> bool:
    name = rule.settings["items"][-1]
    if None in (site.row[one] for one in rule.settings["items"]):
        return False
    length = site.table.items[name].max_length
    site.row[name] = f"Z{site.row[name]}"[:length]
    return True


def _has_child(site: Site, rule: Rule) -> bool:
    child, via = rule.settings["table"], rule.settings["via"]
    wanted = [site.row[name] for name in via]
    rows = site.records.rows.get(child, {})
    for place in [at for at, row in rows.items() if [row[name] for name in via] == wanted]:
        site.drop(child, place)
    return True


def _compare(site: Site, rule: Rule) -> bool:
    said = rule.settings
    if not satisfy(site, said["when"]):
        return False
    right = _known_right(site, said["right"])
    if right is None:
        return False
    if isinstance(said["left"], Moment):
        return _earlier_moment(site, said["left"], right)
    name = said["left"].item
    if isinstance(right, frozenset):
        is_version = site.table.items[name].format == "max n2.max n2"
        site.row[name] = "99.9" if is_version else "Z9Y"
        return True
    step = said["offset_days"] + 3 if said["op"] in ("le", "lt") else -3
    if isinstance(right, date):
        day = right.date() if isinstance(right, datetime) else right
        noon = "T12:00:00" if site.table.items[name].type is ItemType.DATETIME else ""
        site.row[name] = f"{(day + timedelta(days=step)).isoformat()}{noon}"
    elif isinstance(right, int):
        site.row[name] = str(right + 7)
    else:
        site.row[name] = "Z9Y" if right != "Z9Y" else "Z9X"
    return True


def _known_right(site: Site, operand: Operand) -> Value:
    """The value of an operand; a blank date of a parent is filled in first."""
    if isinstance(operand, OfParent):
        parent = site.records.parent(site.table.name, site.row, operand.table) or {}
        start = site.records.header[site.records.data_set.roles.start]
        parent[operand.item] = parent.get(operand.item) or start
    return value_of(site.records, site.table.name, site.row, operand)


def _earlier_moment(site: Site, left: Moment, right: object) -> bool:
    if not isinstance(right, datetime) or right.hour < 1:
        return False
    site.row[left.date] = right.date().isoformat()
    site.row[left.time] = (right - timedelta(minutes=30)).time().isoformat()
    return True


def _range(site: Site, rule: Rule) -> bool:
    measure = rule.settings["measure"]
    if isinstance(measure, YearsBetween) and isinstance(measure.first, OfRow):
        site.row[measure.first.item] = _LONG_AGO
        return True
    if isinstance(measure, DaysBetween) and isinstance(measure.first, OfRow):
        second = value_of(site.records, site.table.name, site.row, measure.second)
        if isinstance(second, date):
            long_before = second - timedelta(days=rule.settings["maximum"] + 1)
            site.row[measure.first.item] = long_before.isoformat()
        return isinstance(second, date)
    if not isinstance(measure, OfRow):
        return False
    number = str(rule.settings["maximum"] + 1)
    site.row[measure.item] = number
    return len(number) <= site.table.items[measure.item].max_length


def _in_period(site: Site, rule: Rule) -> bool:
    start = site.records.header[site.records.data_set.roles.start]
    before = date.fromisoformat(str(start)) - timedelta(days=40)
    site.row[rule.settings["item"]] = before.isoformat()
    return True


def _required_if(site: Site, rule: Rule) -> bool:
    condition = rule.settings["when"]
    if not isinstance(condition, NotOneOf) and not satisfy(site, condition):
        return False
    operand, allowed = rule.settings["items"][-1], rule.settings["must_be_in"]
    if isinstance(operand, OfParent):
        parent = site.records.parent(site.table.name, site.row, operand.table)
        return parent is not None and parent[operand.item] is None
    site.row[operand.item] = _other_code(site, operand.item, allowed) if allowed else None
    return True


def _other_code(site: Site, name: str, allowed: tuple[str, ...]) -> str | None:
    item = site.table.items[name]
    codes = site.records.data_set.value_sets[str(item.value_set)].codes.values()
    return next(one.code for one in codes if one.code not in allowed and one.retired is None)


def _forbidden_if(site: Site, rule: Rule) -> bool:
    if not satisfy(site, rule.settings["when"]):
        return False
    for operand in rule.settings["items"]:
        site.row[operand.item] = site.row[operand.item] or filler(site, operand.item)
    return True


def _all_or_none(site: Site, rule: Rule) -> bool:
    names = rule.settings["items"]
    filled = [name for name in names if site.row[name] is not None]
    if filled:
        site.row[names[-1]] = None
        return len(filled) == len(names)
    site.row[names[0]] = filler(site, names[0])
    return True


def _at_most_one(site: Site, rule: Rule) -> bool:
    for name in rule.settings["items"]:
        site.row[name] = site.row[name] or filler(site, name)
    return True


def _code_scheme(site: Site, rule: Rule) -> bool:
    said = rule.settings
    if site.row[said["scheme"]] not in said["patterns"]:
        site.row[said["scheme"]] = next(iter(said["patterns"]))
    site.row[said["item"]] = "QQQQQ"
    return True


def _code_attribute(site: Site, rule: Rule) -> bool:
    name, equals = rule.settings["item"], rule.settings["equals"]
    item = site.table.items[name]
    codes = site.records.data_set.value_sets[str(item.value_set)]
    attribute = codes.attribute(rule.settings["attribute"])
    mine = attribute.get(site.row[name] or "")
    if isinstance(equals, AgeGroupOf):
        others = (code for code, value in attribute.items() if value != mine)
        site.row[name] = next(others)
        return mine is not None
    other = site.table.items[equals.item]
    site.row[equals.item] = _other_code(site, other.name, (str(mine),))
    return True


def _parent_in(site: Site, rule: Rule) -> bool:
    operand = rule.settings["value"]
    parent = site.records.parent(site.table.name, site.row, operand.table)
    if parent is None:
        return False
    item = site.records.data_set.tables[operand.table].items[operand.item]
    codes = site.records.data_set.value_sets[str(item.value_set)].codes
    parent[operand.item] = next(code for code in codes if code not in rule.settings["allowed"])
    return True


def _last_digit(site: Site, rule: Rule) -> bool:
    name = rule.settings["item"]
    held = value_in(site.records.data_set, site.table.name, site.row, name)
    if not isinstance(held, str):
        return False
    site.row[name] = f"{held[:-1]}{(int(held[-1]) + 1) % 10}"
    return True


def _set(value: str) -> Callable[[Site, Rule], bool]:
    def breaker(site: Site, rule: Rule) -> bool:
        item = site.table.items[rule.settings["item"]]
        site.row[item.name] = value.ljust(item.min_length or 1, "0")
        return True

    return breaker


def _not_default_date(site: Site, rule: Rule) -> bool:
    site.row[rule.settings["item"]] = rule.settings["values"][0]
    return True


def _no_overlap(site: Site, rule: Rule) -> bool:
    twin = dict(site.row)
    own = next(name for name in site.table.key if name not in rule.settings["group_by"])
    twin[own] = f"{twin[own]}X"
    site.add(twin)
    return True


def _sum_equals(site: Site, rule: Rule) -> bool:
    said = rule.settings
    site.row[said["value"]] = str(int(site.row[said["value"]] or 0) + 3)
    return True


def _reconcile(site: Site, rule: Rule) -> bool:
    name = rule.settings["item"]
    site.row[name] = str(int(site.row[name] or 0) * 2 + 50)
    return True


BREAKERS: Mapping[str, Callable[[Site, Rule], bool]] = {
    "unique": _unique,
    "reference": _reference,
    "has_child": _has_child,
    "compare": _compare,
    "range": _range,
    "in_period": _in_period,
    "required_if": _required_if,
    "forbidden_if": _forbidden_if,
    "all_or_none": _all_or_none,
    "at_least_one": all_blank,
    "at_most_one": _at_most_one,
    "code_scheme": _code_scheme,
    "code_attribute": _code_attribute,
    "parent_in": _parent_in,
    "snomed": _last_digit,
    "nhs_number": _last_digit,
    "postcode_known": _set("ZY99 9ZZ"),
    "org_live": _set("Z0Z"),
    "site_live": _set("Z0Z"),
    "not_default_date": _not_default_date,
    "known_assessment": _set("73211009"),
    "no_overlap": _no_overlap,
    "complete_set": left_out,
    "sum_equals": _sum_equals,
    "reconcile": _reconcile,
}
