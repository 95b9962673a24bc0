"""Take the published reference files over into the form that the pseudonymiser looks up.

Postcodes: the ONS Postcode Directory, one CSV with headings. Organisations: ODS files of
practices, trusts, sites and so on, CSV without headings, all laid out alike. Assessment scales: a
SNOMED CT simple reference set (RF2, tabs). Any of them may also be in our own form already.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from pseudonymisation.references import (
    ASSESSMENTS,
    ORGANISATIONS,
    POSTCODES,
    ReferenceFault,
)

LSOAS_OF_ENGLAND = 32_844  # 2011 areas, over which the index of multiple deprivation is ranked
_DIRECTORY: Mapping[str, tuple[str, ...]] = {
    "postcode": ("postcode", "pcds"),
    "local_authority": ("local_authority", "oslaua", "laua"),
    "icb": ("icb",),
    "imd_decile": ("imd_decile", "imd"),
    "open_from": ("open_from", "dointr"),
    "open_to": ("open_to", "doterm"),
}
_ORGANISATION_PLACES = {"code": 0, "name": 1, "icb": 3, "open_from": 10, "open_to": 11}
_LIFE = ("open_from", "open_to")


def take_over(kind: str, files: Sequence[Path], folder: Path) -> int:
    """Convert files of "postcodes", "organisations" or "assessments" into one; return its rows.

    What was there before stays until the new file is whole. Raises ReferenceFault.
    """
    name, convert = {
        "postcodes": (POSTCODES, _postcodes),
        "organisations": (ORGANISATIONS, _organisations),
        "assessments": (ASSESSMENTS, _assessments),
    }[kind]
    try:
        held = pl.concat([convert(file) for file in files], how="diagonal_relaxed")
    except (OSError, pl.exceptions.PolarsError):
        raise ReferenceFault(f"{kind}: UNREADABLE") from None
    if held.is_empty():
        raise ReferenceFault(f"{kind}: EMPTY")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{name}"
    held.write_csv(unfinished)
    unfinished.replace(folder / name)
    return held.height


def _postcodes(source: Path) -> pl.DataFrame:
    held = pl.read_csv(source, infer_schema=False, null_values=[""]).rename(str.lower)
    found = {}
    for column, names in _DIRECTORY.items():
        there = next((name for name in names if name in held.columns), None)
        if there is None and not column.startswith("open_"):
            raise ReferenceFault(f"postcodes: no column {names[-1]}")
        found[column] = pl.col(there) if there else pl.lit(None, pl.String)
    if "imd_decile" not in held.columns:
        rank = pl.col("imd").cast(pl.Int64, strict=False)
        decile = ((rank * 10 + LSOAS_OF_ENGLAND - 1) // LSOAS_OF_ENGLAND).clip(1, 10)
        in_england = found["local_authority"].str.starts_with("E") & (rank > 0)
        found["imd_decile"] = pl.when(in_england).then(decile)
    if "dointr" in held.columns:
        found["open_from"] = pl.col("dointr").str.to_date("%Y%m", strict=False)
    if "doterm" in held.columns:
        found["open_to"] = pl.col("doterm").str.to_date("%Y%m", strict=False)
    return held.select(**found).filter(pl.col("postcode").is_not_null())


def _organisations(source: Path) -> pl.DataFrame:
    with source.open(encoding="utf-8-sig") as lines:
        has_headings = lines.readline().lower().startswith("code,")
    if has_headings:
        return pl.read_csv(source, infer_schema=False, null_values=[""])
    held = pl.read_csv(source, has_header=False, infer_schema=False, null_values=[""])
    if held.width <= max(_ORGANISATION_PLACES.values()):
        raise ReferenceFault("organisations: TOO FEW COLUMNS")
    columns = {name: pl.col(held.columns[place]) for name, place in _ORGANISATION_PLACES.items()}
    days = {name: columns[name].str.to_date("%Y%m%d", strict=False) for name in _LIFE}
    return held.select(**(columns | days))


def _assessments(source: Path) -> pl.DataFrame:
    """The codes of a reference set: the members that are active."""
    with source.open(encoding="utf-8-sig") as lines:
        separator = "\t" if "\t" in lines.readline() else ","
    held = pl.read_csv(source, infer_schema=False, separator=separator, quote_char=None)
    if {"referencedComponentId", "active"} <= set(held.columns):
        held = held.filter(pl.col("active") == "1").rename({"referencedComponentId": "code"})
    if "code" not in held.columns:
        raise ReferenceFault("assessments: no column code")
    return held.select("code").unique(maintain_order=True)
