"""Reference data of the AGEM instance: places, organisations and assessment scales."""

import os
from dataclasses import dataclass
from pathlib import Path

import polars as pl

POSTCODES, ORGANISATIONS = "postcodes.csv", "organisations.csv"
ASSESSMENTS = "assessments.csv"
SYNTHETIC = Path(__file__).resolve().parents[1] / "portal" / "specification" / "reference"
_POSTCODE_COLUMNS = ("postcode", "local_authority", "icb", "imd_decile")
_ORGANISATION_COLUMNS = ("code", "icb")
_LIFE = ("open_from", "open_to")


class ReferenceFault(Exception):
    """A reference file that cannot be used; its code says why."""


@dataclass(frozen=True)
class References:
    """What areas are looked up in. Postcodes are in capitals without blanks.

    Places and organisations have open_from and open_to, dates, null = without end.
    The assessment scales are codes; none where no such file has been loaded.
    """

    postcodes: pl.DataFrame
    organisations: pl.DataFrame
    assessments: frozenset[str] | None = None


def reference_folder() -> Path:
    """Where the reference data lies: REFERENCE_FOLDER, or the synthetic one that is shipped."""
    return Path(os.environ.get("REFERENCE_FOLDER") or SYNTHETIC)


def loaded_references() -> References | None:
    """The reference data of REFERENCE_FOLDER; none where nobody has named such a folder.

    Raises ReferenceFault.
    """
    return load_references() if os.environ.get("REFERENCE_FOLDER") else None


def load_references(folder: Path | None = None) -> References:
    """The reference data of a folder, of `reference_folder` by default.

    Raises ReferenceFault when a file or one of its columns is missing.
    """
    folder = folder or reference_folder()
    postcodes = _read(folder / POSTCODES, _POSTCODE_COLUMNS)
    organisations = _read(folder / ORGANISATIONS, _ORGANISATION_COLUMNS)
    return References(
        postcodes.with_columns(
            place_key(pl.col("postcode")), pl.col("imd_decile").cast(pl.Int64, strict=False)
        ).unique("postcode", keep="last", maintain_order=True),
        organisations.unique("code", keep="last", maintain_order=True),
        _scales(folder / ASSESSMENTS),
    )


def _scales(path: Path) -> frozenset[str] | None:
    """The codes of the assessment scales; none where they have not been loaded."""
    return frozenset(_read(path, ("code",))["code"].to_list()) if path.exists() else None


def place_key(postcode: pl.Expr) -> pl.Expr:
    """A postcode as it is looked up: capitals, no blanks."""
    return postcode.str.replace_all(r"\s", "").str.to_uppercase()


def _read(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    try:
        held = pl.read_csv(path, infer_schema=False, null_values=[""])
    except (OSError, pl.exceptions.PolarsError):
        raise ReferenceFault(f"{path.name}: UNREADABLE") from None
    missing = [name for name in columns if name not in held.columns]
    if missing:
        raise ReferenceFault(f"{path.name}: no column {missing[0]}")
    life = [
        (
            pl.col(name).str.to_date(strict=False)
            if name in held.columns
            else pl.lit(None, pl.Date)
        ).alias(name)
        for name in _LIFE
    ]
    return held.select(*columns, *life)
