"""Read a version of a data set specification from its folder, and refuse what makes no sense."""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from portal.specification import parts
from portal.specification.errors import SpecificationError
from portal.specification.files import read_toml, read_value_sets
from portal.specification.model import Table
from portal.specification.scope import Names, Scope, check_keys
from portal.specification.tables import ancestors_of, read_table
from portal.specification.whole import DataSet

DATA_SETS = Path(__file__).parent / "data_sets"

_REQUIRED = frozenset(
    {"title", "status", "basis", "effective_from", "effective_to", "tables"}
    | {"header", "limits", "ages", "disclosure", "sources"}
)
_OPTIONAL = frozenset({"supersedes", "changes"})


@cache
def load_data_set(name: str = "community_pilot", version: str = "2.0") -> DataSet:
    """One version of a data set specification, read once per process.

    Raises SpecificationError, naming file and item, if anything in it makes no sense.
    """
    return read_data_set(DATA_SETS / name / version, name, version)


@cache
def versions(name: str = "community_pilot") -> tuple[str, ...]:
    """The versions of a data set there are, the oldest first."""
    folder = DATA_SETS / name
    found = (path.parent.name for path in folder.glob("*/data_set.toml"))
    return tuple(sorted(found, key=lambda version: [int(part) for part in version.split(".")]))


def version_in_force(name: str, day: date) -> str | None:
    """The version a reporting date falls under; None if none is in force that day."""
    for version in reversed(versions(name)):
        data_set = load_data_set(name, version)
        if data_set.effective_from <= day <= data_set.effective_to:
            return version
    return None


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and bytes of every file of a version, in hexadecimal.

    How measures are drawn is no part of what is collected: a released version may gain a chart.
    """
    whole = hashlib.sha256()
    said = (path for path in folder.rglob("*") if path.is_file() and path.name != "charts.toml")
    for path in sorted(said):
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def read_data_set(folder: Path, name: str, version: str) -> DataSet:
    """The data set of a folder. Raises SpecificationError for what makes no sense."""
    said = read_toml(folder / "data_set.toml")
    raw = {table: read_toml(folder / "tables" / f"{table}.toml") for table in said["tables"]}
    value_sets = read_value_sets(folder)
    measures = read_toml(folder / "measures.toml")
    names = _names(said, raw, measures, {key: one.codes for key, one in value_sets.items()})
    scope = Scope("data_set.toml", "data set", names, names.header)
    check_keys(scope, said, _REQUIRED, _OPTIONAL)
    _check_order(scope, raw)
    tables = {
        table: read_table(_place(names, table), stanza, said, value_sets)
        for table, stanza in raw.items()
    }
    _check_codes(tables)
    quality = parts.read_quality(scope, read_toml(folder / "quality.toml"))
    return DataSet(
        name=name,
        version=version,
        title=said["title"],
        status=said["status"],
        basis=said["basis"],
        effective_from=said["effective_from"],
        effective_to=said["effective_to"],
        supersedes=said.get("supersedes"),
        roles=parts.read_roles(scope, said["header"]),
        tables=tables,
        value_sets=value_sets,
        file_rules=parts.read_file_rules(scope, read_toml(folder / "file_rules.toml")),
        limits=parts.read_limits(scope, said["limits"]),
        ages=parts.read_ages(scope, said["ages"]),
        disclosure=parts.read_disclosure(scope, said["disclosure"]),
        quality=quality,
        measures=parts.read_measures(scope, measures),
        charts=parts.read_charts(scope, read_toml(folder / "charts.toml")),
        changes=parts.read_changes(scope, said.get("changes", [])),
        digest=digest_of(folder),
    )


def _names(
    said: Mapping[str, Any],
    raw: Mapping[str, Mapping[str, Any]],
    measures: Mapping[str, Any],
    codes: Mapping[str, Mapping[str, Any]],
) -> Names:
    """Everything the files declare, so that each stanza can be read against it."""
    return Names(
        items={table: frozenset(stanza.get("items", {})) for table, stanza in raw.items()},
        derived={table: frozenset(stanza.get("derived", {})) for table, stanza in raw.items()},
        ancestors=ancestors_of(raw),
        value_sets={name: frozenset(one) for name, one in codes.items()},
        measures=frozenset(measures),
        header=said.get("header", {}).get("table", ""),
    )


def _place(names: Names, table: str) -> Scope:
    return Scope(f"tables/{table}.toml", table, names, table)


def _check_order(scope: Scope, raw: Mapping[str, Mapping[str, Any]]) -> None:
    seen: set[str] = set()
    for table, stanza in raw.items():
        for parent in stanza.get("parents", []):
            if parent.get("table") not in seen:
                place = _place(scope.names, table).at("parents")
                raise place.refusal(f"there is no table {parent.get('table')!r} before this one")
        seen.add(table)


def _check_codes(tables: Mapping[str, Table]) -> None:
    seen: dict[str, str] = {}
    for table in tables.values():
        for rule in table.rules:
            if rule.code in seen:
                raise SpecificationError(
                    f"tables/{table.name}.toml: {rule.code}: the code is taken by {seen[rule.code]}"
                )
            seen[rule.code] = table.name
