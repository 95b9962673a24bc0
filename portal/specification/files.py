"""Read the files of a specification: TOML stanzas and value sets kept as CSV."""

import csv
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from portal.specification.errors import SpecificationError
from portal.specification.model import Code, ValueSet

_COLUMNS = ["code", "label", "dq", "retired"]
_KEYS = {"title", "source", "notes", "verified", "first_character"}
QUALITIES = ("valid", "other", "default")


def read_toml(path: Path) -> dict[str, Any]:
    """The stanzas of a file. Raises SpecificationError if it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise SpecificationError(f"{path.name}: file: {problem}") from problem


def read_value_sets(folder: Path) -> dict[str, ValueSet]:
    """The value sets of a version by name; each has a stanza and a file of codes."""
    stanzas = read_toml(folder / "value_sets.toml")
    files = {path.stem for path in (folder / "value_sets").glob("*.csv")}
    for name in sorted(files ^ stanzas.keys()):
        raise SpecificationError(
            f"value_sets.toml: {name}: needs both a stanza and a file of codes"
        )
    return {name: _value_set(folder, name, said) for name, said in stanzas.items()}


def _value_set(folder: Path, name: str, said: Mapping[str, Any]) -> ValueSet:
    for key in sorted(said.keys() - _KEYS):
        raise SpecificationError(f"value_sets.toml: {name}: '{key}' is not known here")
    return ValueSet(
        name=name,
        title=said["title"],
        codes=_codes(folder / "value_sets" / f"{name}.csv"),
        source=said.get("source", ""),
        notes=said.get("notes", ""),
        verified=said.get("verified", True),
        first_character=said.get("first_character", False),
    )


def _codes(path: Path) -> dict[str, Code]:
    codes: dict[str, Code] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if list(rows.fieldnames or [])[:4] != _COLUMNS:
            raise SpecificationError(f"{path.name}: heading: does not begin {','.join(_COLUMNS)}")
        for row in rows:
            code = row["code"]
            if code in codes or row["dq"] not in QUALITIES:
                raise SpecificationError(f"{path.name}: {code}: twice, or of no known quality")
            codes[code] = Code(
                code=code,
                label=row["label"],
                quality=row["dq"],
                retired=date.fromisoformat(row["retired"]) if row["retired"] else None,
                attributes={key: row[key] for key in row if key not in _COLUMNS},
            )
    return codes
