"""The vocabularies of rules and derived columns: which kinds there are, and their settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.specification import settings as read
from portal.specification.scope import Scope, check_keys
from portal.specification.settings import Reader


@dataclass(frozen=True)
class Kind:
    """What a kind needs and what it may have, each with its reader and, if optional, a default."""

    required: Mapping[str, Reader] = field(default_factory=dict)
    optional: Mapping[str, tuple[Reader, Any]] = field(default_factory=dict)

    def settings(self, scope: Scope, said: Mapping[str, Any]) -> dict[str, Any]:
        """The settings, typed and complete. Raises SpecificationError if they make no sense."""
        check_keys(scope, said, frozenset(self.required), frozenset(self.optional))
        settings = {key: reader(scope, said[key]) for key, reader in self.required.items()}
        for key, (reader, default) in self.optional.items():
            settings[key] = reader(scope, said[key]) if key in said else default
        return settings


def _reference(scope: Scope, said: Mapping[str, Any]) -> dict[str, Any]:
    parent = scope.known_table(said.get("table"))
    return {"parent_items": read.items(scope.of(parent), said.get("parent_items"))}


class ReferenceKind(Kind):
    """A reference, whose second list of items belongs to the other table."""

    def settings(self, scope: Scope, said: Mapping[str, Any]) -> dict[str, Any]:
        """The settings; the parent's items are looked up in the parent."""
        parent_items = _reference(scope, said)
        own = {key: value for key, value in said.items() if key != "parent_items"}
        return {**super().settings(scope, own), **parent_items}


class ChildKind(Kind):
    """A demand for a child row, joined by items of the same name on both sides."""

    def settings(self, scope: Scope, said: Mapping[str, Any]) -> dict[str, Any]:
        """The settings; the joining items must exist on both sides."""
        settings = super().settings(scope, said)
        read.items(scope.of(settings["table"]), list(settings["via"]))
        return settings


_ITEM = Kind({"item": read.item})
_ITEMS = Kind({"items": read.items})
_WHEN = {"when": (read.condition, None)}

RULE_KINDS: Mapping[str, Kind] = {
    "unique": Kind(
        {"items": read.items},
        {"ignore_blank": (read.yes_or_no, False), "where": (read.condition, None)},
    ),
    "singleton": Kind(),
    "reference": ReferenceKind(
        {"items": read.items, "table": read.table}, {"ignore_blank": (read.yes_or_no, False)}
    ),
    "has_child": ChildKind({"table": read.table, "via": read.items}),
    "compare": Kind(
        {"left": read.operand, "op": read.operator, "right": read.operand},
        {"offset_days": (read.whole, 0), **_WHEN},
    ),
    "range": Kind({"measure": read.measured, "minimum": read.whole, "maximum": read.whole}),
    "in_period": _ITEM,
    "required_if": Kind(
        {"items": read.operands, "when": read.condition}, {"must_be_in": (read.texts, ())}
    ),
    "forbidden_if": Kind({"items": read.operands, "when": read.condition}),
    "all_or_none": _ITEMS,
    "at_least_one": _ITEMS,
    "at_most_one": _ITEMS,
    "code_scheme": Kind({"scheme": read.item, "item": read.item, "patterns": read.mapping}),
    "code_attribute": Kind({"item": read.item, "attribute": read.text, "equals": read.agreeing}),
    "parent_in": Kind({"value": read.operand_of_parent, "allowed": read.texts}),
    "snomed": _ITEM,
    "nhs_number": _ITEM,
    "nhs_number_range": Kind({"item": read.item}, _WHEN),
    "postcode_known": _ITEM,
    "org_live": Kind(
        {"item": read.item, "at": read.operand_of_header}, {"also_allowed": (read.texts, ())}
    ),
    "site_live": Kind({"item": read.item, "at": read.operand_of_header}),
    "not_default_date": Kind({"item": read.item, "values": read.texts}),
    "known_assessment": Kind({"item": read.item, "reference": read.text}),
    "no_overlap": Kind(
        {"group_by": read.items, "start": read.item, "end": read.item},
        {"allow_touch": (read.yes_or_no, False)},
    ),
    "complete_set": Kind({"group_by": read.items, "item": read.item, "values": read.texts}),
    "sum_equals": Kind(
        {"group_by": read.items, "value": read.item, "member": read.item, "total": read.text}
    ),
    "reconcile": Kind(
        {
            "item": read.item,
            "measure": read.measure_name,
            "by": read.items,
            "absolute": read.whole,
            "percent": read.number,
        }
    ),
}

_SPAN = Kind({"first": read.operand, "second": read.operand})
_AGE = Kind({"born": read.operand, "at": read.operand})

DERIVED_KINDS: Mapping[str, Kind] = {
    "days_between": _SPAN,
    "minutes_between": _SPAN,
    "minutes_overnight": Kind(
        {"first": read.operand, "second": read.operand, "from": read.text, "to": read.text}
    ),
    "standard_met": Kind(
        {"type": read.item, "first": read.operand, "second": read.operand},
        {"within_minutes": (read.mapping, {}), "within_days": (read.mapping, {})},
    ),
    "valid_nhs_number": _ITEM,
    "age_group": _AGE,
    "age_band": _AGE,
    "adult_or_child": Kind({"group": read.agreeing}),
    "time_at_most": Kind({"item": read.item, "limit": read.text}),
    "attribute_by_age": Kind(
        {"item": read.item, "adult": read.text, "child": read.text, "group": read.agreeing}
    ),
}
