"""The reference data shipped for demonstrations: made-up places and chosen scales."""

import csv
from functools import cache
from pathlib import Path

REFERENCE = Path(__file__).parent / "reference"


@cache
def organisations() -> tuple[dict[str, str], ...]:
    """Made-up organisations: code, name, kind, icb, provider (of a site), open_from, open_to."""
    return _rows("organisations.csv")


@cache
def postcodes() -> tuple[dict[str, str], ...]:
    """Made-up postcodes: postcode, lsoa, local_authority, sub_icb, icb, imd_decile."""
    return _rows("postcodes.csv")


@cache
def assessments() -> tuple[dict[str, str], ...]:
    """The assessment scales taken for known: code, title. A choice of ours, no published set."""
    return _rows("assessments.csv")


def _rows(name: str) -> tuple[dict[str, str], ...]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))
