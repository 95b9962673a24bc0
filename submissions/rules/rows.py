"""Kinds of rule that look at the items of one record and of the records it belongs to."""

import polars as pl

from portal.specification import (
    DaysBetween,
    Moment,
    OfParent,
    OfRow,
    Operand,
    Rule,
    YearsBetween,
)
from submissions.rules.operands import (
    compared,
    day_of,
    is_filled,
    under,
    value_of,
    years_between,
)
from submissions.rules.scene import NotAsked, Scene, row_kind


def subject(operand: Operand, scene: Scene) -> str:
    """The item a finding about an operand is put down to."""
    match operand:
        case OfRow(item):
            return item
        case Moment(day, _):
            return day
        case OfParent():
            return scene.data_set.path(scene.table.name, operand.table)[0].items[0]
    return next(iter(scene.table.items))


@row_kind
def compare(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """The left operand stands in the relation to the right one; a blank operand passes."""
    said = rule.settings
    asked = compared(said["left"], said["op"], said["right"], said["offset_days"], scene)
    return {subject(said["left"], scene): under(said["when"], asked, scene)}


@row_kind
def range(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:  # noqa: A001  named as the specification names it
    """A number, or the days or years between two dates, lies between two numbers, ends included."""
    measure, said = rule.settings["measure"], rule.settings
    match measure:
        case DaysBetween(first, second):
            days = (day_of(second, scene) - day_of(first, scene)).dt.total_days()
            item, number = subject(first, scene), days
        case YearsBetween(first, second):
            item = subject(first, scene)
            number = years_between(day_of(first, scene), day_of(second, scene))
        case _:
            item, number = subject(measure, scene), value_of(measure, scene).expression
    return {item: number.is_between(said["minimum"], said["maximum"])}


@row_kind
def in_period(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """A date lies in the reporting period."""
    roles, item = scene.data_set.roles, rule.settings["item"]
    start, end = scene.header.get(roles.start), scene.header.get(roles.end)
    if start is None or end is None:
        raise NotAsked("The reporting period cannot be read.")
    return {item: day_of(OfRow(item), scene).is_between(start, end)}


@row_kind
def required_if(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """Where the condition holds, each item is filled; with one of certain codes, if given."""
    said = rule.settings
    found: dict[str, pl.Expr] = {}
    for operand in said["items"]:
        asked = is_filled(operand, scene)
        if said["must_be_in"]:
            asked = value_of(operand, scene).expression.is_in(said["must_be_in"])
            asked = asked.fill_null(value=False)
        found[subject(operand, scene)] = under(said["when"], asked, scene)
    return found


@row_kind
def forbidden_if(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """Where the condition holds, each item is blank."""
    when = rule.settings["when"]
    return {
        subject(operand, scene): under(when, ~is_filled(operand, scene), scene)
        for operand in rule.settings["items"]
    }


def _filled(rule: Rule, scene: Scene) -> list[pl.Expr]:
    return [is_filled(OfRow(item), scene) for item in rule.settings["items"]]


@row_kind
def all_or_none(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """Either all of the items are filled or none is. A finding stands at each blank one."""
    filled = _filled(rule, scene)
    nothing = ~pl.any_horizontal(filled)
    return {
        item: asked | nothing for item, asked in zip(rule.settings["items"], filled, strict=True)
    }


@row_kind
def at_least_one(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """At least one of the items is filled."""
    return {rule.settings["items"][0]: pl.any_horizontal(_filled(rule, scene))}


@row_kind
def at_most_one(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """At most one of the items is filled."""
    return {rule.settings["items"][0]: pl.sum_horizontal(_filled(rule, scene)) <= 1}
