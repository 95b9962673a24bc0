"""Where a setting stands while it is read: what may be named there, and how to refuse."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.specification.errors import SpecificationError


@dataclass(frozen=True)
class Names:
    """Everything the files of one version declare, by name."""

    items: Mapping[str, frozenset[str]]
    derived: Mapping[str, frozenset[str]]
    ancestors: Mapping[str, frozenset[str]]
    value_sets: Mapping[str, frozenset[str]]
    measures: frozenset[str]
    header: str


@dataclass(frozen=True)
class Scope:
    """The file, the stanza and the table a setting belongs to."""

    file: str
    stanza: str
    names: Names
    table: str

    def at(self, stanza: str) -> "Scope":
        """The same place, one stanza further."""
        return replace(self, stanza=stanza)

    def of(self, table: str) -> "Scope":
        """The same stanza, speaking of another table."""
        return replace(self, table=table)

    def refusal(self, what: str) -> SpecificationError:
        """The error to raise, naming this place."""
        return SpecificationError(f"{self.file}: {self.stanza}: {what}")

    def known_table(self, name: object) -> str:
        """The name of a table of this version."""
        if not isinstance(name, str) or name not in self.names.items:
            raise self.refusal(f"there is no table {name!r}")
        return name

    def known_item(self, name: object, table: str | None = None) -> str:
        """The name of an item of the table."""
        table = table or self.table
        if not isinstance(name, str) or name not in self.names.items.get(table, ()):
            raise self.refusal(f"{table} has no item {name!r}")
        return name

    def known_column(self, name: object, table: str | None = None) -> str:
        """The name of an item or a derived column of the table."""
        table = table or self.table
        if isinstance(name, str) and name in self.names.derived.get(table, ()):
            return name
        return self.known_item(name, table)

    def known_ancestor(self, name: object) -> str:
        """The name of a table to which references lead from this one."""
        if self.known_table(name) not in self.names.ancestors[self.table]:
            raise self.refusal(f"no reference leads from {self.table} to {name!r}")
        return str(name)

    def known_value_set(self, name: object) -> str:
        """The name of a value set of this version."""
        if not isinstance(name, str) or name not in self.names.value_sets:
            raise self.refusal(f"there is no value set {name!r}")
        return name

    def known_measure(self, name: object) -> str:
        """The name of a measure of this version."""
        if not isinstance(name, str) or name not in self.names.measures:
            raise self.refusal(f"there is no measure {name!r}")
        return name


def check_keys(
    scope: Scope, stanza: Mapping[str, Any], required: frozenset[str], optional: frozenset[str]
) -> None:
    """Refuse a stanza that lacks a required key or has an unknown one."""
    for key in sorted(required - stanza.keys()):
        raise scope.refusal(f"'{key}' is missing")
    for key in sorted(stanza.keys() - required - optional):
        raise scope.refusal(f"'{key}' is not known here")
