"""Read one table of a specification: its items with their treatments, its rules, what it sends."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from portal.specification import settings as read
from portal.specification.kinds import DERIVED_KINDS, RULE_KINDS
from portal.specification.model import (
    DataItem,
    Derived,
    Identifier,
    ItemType,
    Mandation,
    Reference,
    Rule,
    Severity,
    Table,
    ValueSet,
)
from portal.specification.scope import Scope, check_keys
from portal.specification.sending import SENT_BY_DERIVED, sent_columns
from portal.specification.treatments import read_treatment

Member = TypeVar("Member", bound=StrEnum)

_TABLE = frozenset({"title", "grain", "category", "key", "items"})
_TABLE_MAY = frozenset(
    {"parents", "history_key", "rules", "derived", "aggregate", "membership"}
    | {"layout_verified", "excluded", "excluded_because"}
)
_ITEM = frozenset(
    {"title", "description", "type", "format", "max_length", "mandation"}
    | {"identifier", "treatment", "source"}
)
_ITEM_MAY = frozenset(
    {"uid", "min_length", "value_set", "default_values", "unit", "sensitive", "dqmi", "verified"}
    | {"element_verified"}
)
_RULE = ("code", "kind", "severity", "message", "fix")
_RULE_MAY = ("basis", "verified", "national_severity")


def ancestors_of(raw: Mapping[str, Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """For each table, those to which references lead from it, however far."""
    ancestors: dict[str, frozenset[str]] = {}
    for table, stanza in raw.items():
        parents = {parent.get("table", "") for parent in stanza.get("parents", [])}
        beyond = (ancestors.get(parent, frozenset()) for parent in parents)
        ancestors[table] = frozenset(parents).union(*beyond)
    return ancestors


def read_table(
    scope: Scope,
    said: Mapping[str, Any],
    data_set: Mapping[str, Any],
    value_sets: Mapping[str, ValueSet],
) -> Table:
    """One table. Raises SpecificationError for what makes no sense."""
    check_keys(scope, said, _TABLE, _TABLE_MAY)
    items = {
        name: read_item(scope.at(name), name, stanza, data_set["sources"], value_sets)
        for name, stanza in said["items"].items()
    }
    derived = {
        name: read_derived(scope.at(name), name, stanza)
        for name, stanza in said.get("derived", {}).items()
    }
    key = read.items(scope.at("key"), said["key"])
    return Table(
        name=scope.table,
        title=said["title"],
        grain=said["grain"],
        category=said["category"],
        key=key,
        history_key=read.items(scope.at("history_key"), said.get("history_key", list(key))),
        parents=tuple(_reference(scope.at("parents"), one) for one in said.get("parents", [])),
        items=items,
        rules=tuple(read_rule(scope, one, value_sets, items) for one in said.get("rules", [])),
        derived=derived,
        sent_columns=sent_columns(scope, items, derived),
        aggregate=said.get("aggregate", False),
        membership=said.get("membership", ""),
        verified=said.get("layout_verified", True),
        excluded=tuple(said.get("excluded", [])),
        excluded_because=said.get("excluded_because", ""),
    )


def _reference(scope: Scope, said: Mapping[str, Any]) -> Reference:
    check_keys(scope, said, frozenset({"items", "table"}), frozenset({"parent_items"}))
    parent = scope.known_table(said["table"])
    parent_items = said.get("parent_items", said["items"])
    return Reference(
        read.items(scope, said["items"]), parent, read.items(scope.of(parent), parent_items)
    )


def read_item(
    scope: Scope,
    name: str,
    said: Mapping[str, Any],
    sources: Mapping[str, str],
    value_sets: Mapping[str, ValueSet],
) -> DataItem:
    """One data item; one that names no treatment is refused."""
    check_keys(scope, said, _ITEM, _ITEM_MAY)
    if said["source"] not in sources:
        raise scope.refusal(f"there is no source {said['source']!r}")
    held = scope.known_value_set(said["value_set"]) if "value_set" in said else None
    return DataItem(
        name=name,
        uid=said.get("uid"),
        title=said["title"],
        description=said["description"],
        type=_member(scope, ItemType, said["type"]),
        format=said["format"],
        min_length=said.get("min_length"),
        max_length=read.whole(scope, said["max_length"]),
        mandation=_member(scope, Mandation, said["mandation"]),
        identifier=_member(scope, Identifier, said["identifier"]),
        treatment=read_treatment(scope, said, value_sets.get(held or "")),
        value_set=held,
        default_values=read.texts(scope, said.get("default_values", [])),
        unit=said.get("unit"),
        sensitive=said.get("sensitive", False),
        dqmi=said.get("dqmi", False),
        verified=said.get("verified", True),
        source=sources[said["source"]],
    )


def _member(scope: Scope, kind: type[Member], value: object) -> Member:
    for member in kind:
        if member == value:
            return member
    raise scope.refusal(f"{value!r} is not one of {', '.join(kind)}")


def read_rule(
    scope: Scope,
    said: Mapping[str, Any],
    value_sets: Mapping[str, ValueSet],
    items: Mapping[str, DataItem],
) -> Rule:
    """One rule of a known kind, with just the settings that kind has."""
    scope = scope.at(str(said.get("code", "rule without a code")))
    for key in _RULE:
        if key not in said:
            raise scope.refusal(f"'{key}' is missing")
    kind = RULE_KINDS.get(said["kind"])
    if kind is None:
        raise scope.refusal(f"there is no kind of rule {said['kind']!r}")
    own = {key: value for key, value in said.items() if key not in (*_RULE, *_RULE_MAY)}
    settings = kind.settings(scope, own)
    _check_attribute(scope, settings, value_sets, items)
    national = said.get("national_severity")
    return Rule(
        code=said["code"],
        kind=said["kind"],
        severity=_member(scope, Severity, said["severity"]),
        message=read.text(scope, said["message"]),
        fix=read.text(scope, said["fix"]),
        settings=settings,
        basis=said.get("basis"),
        verified=said.get("verified", True),
        national_severity=_member(scope, Severity, national) if national else None,
    )


def _check_attribute(
    scope: Scope,
    settings: Mapping[str, Any],
    value_sets: Mapping[str, ValueSet],
    items: Mapping[str, DataItem],
) -> None:
    if "attribute" not in settings:
        return
    held = items[settings["item"]].value_set
    if held is None or not value_sets[held].attribute(settings["attribute"]):
        raise scope.refusal(f"the codes of {settings['item']} have no {settings['attribute']!r}")


def read_derived(scope: Scope, name: str, said: Mapping[str, Any]) -> Derived:
    """One derived column of a known kind."""
    kind = DERIVED_KINDS.get(said.get("kind", ""))
    if kind is None:
        raise scope.refusal(f"there is no kind of derived column {said.get('kind')!r}")
    if "title" not in said:
        raise scope.refusal("'title' is missing")
    about = ("kind", "title", "value_set", "verified")
    held = said.get("value_set")
    return Derived(
        name=name,
        title=said["title"],
        kind=said["kind"],
        settings=kind.settings(scope, {key: said[key] for key in said if key not in about}),
        type=SENT_BY_DERIVED[said["kind"]],
        value_set=scope.known_value_set(held) if held else None,
        verified=said.get("verified", True),
    )
