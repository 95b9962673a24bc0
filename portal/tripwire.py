"""Find what looks like an identifier in what must hold none; both sides of the door use it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from portal.specification import ItemType, SentType, Table
from portal.specification.deriving import BARRED_NHS_NUMBERS

NHS_NUMBER = "NHS_NUMBER"
POSTCODE = "POSTCODE"
EMAIL = "EMAIL"
TELEPHONE = "TELEPHONE"
CODES = (NHS_NUMBER, POSTCODE, EMAIL, TELEPHONE)
SHORTEST = 5

_GAP = r"[\s\p{Pd}.]{0,2}"
_NHS_SHAPE = rf"[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}"
_AREAS = (
    "(?:A[BL]|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUY]?|H[ADGPRSUX]|I[GMPV]"
    "|JE|K[ATWY]|L[ADELNSU]?|M[EKL]?|N[EGNPRW]?|O[LX]|P[AEHLOR]|R[GHM]|S[AEGKLMNOPRSTWY]?"
    "|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|Z[EYZ])"
)
_POSTCODE_SHAPE = rf"{_AREAS}[0-9][0-9A-Z]?{{gap}}[0-9][ABD-HJLNP-UW-Z]{{{{2}}}}"
_TELEPHONE_SHAPE = r"(?:\+|00)?(?:44\s?(?:\(0\)\s?)?|0)[1-9](?:[\s\p{Pd}()]{0,2}[0-9]){8,9}"
_EMAIL_SHAPE = r"[^\s@,;]+@[^\s@,;]+\.[A-Za-z]{2,}"
_CODED = {ItemType.ORG_CODE, ItemType.SITE_CODE, ItemType.GP_PRACTICE, ItemType.CLINICAL_CODE}
_CONCEPTS = {ItemType.SNOMED, ItemType.CLINICAL_CODE}
_CONCEPT_PARTITIONS = ("00", "10")
_ONLY_SHAPE = "^[^0-8B-Zb-z]*$"
_SMALLEST_NUMBER = 10**8
_NHS_DIGITS = 10


def _alone(shape: str, neighbours: str) -> str:
    """The shape where none of the neighbouring characters stands beside it."""
    return f"(?i)(?:^|[^{neighbours}]){shape}(?:[^{neighbours}]|$)"


_IN_CELLS = {
    NHS_NUMBER: _alone(_NHS_SHAPE, "0-9"),
    POSTCODE: _alone(_POSTCODE_SHAPE.format(gap=r"\s*"), "0-9a-z"),
    EMAIL: _EMAIL_SHAPE,
    TELEPHONE: _alone(_TELEPHONE_SHAPE, "0-9"),
}
_IN_CODES = _IN_CELLS | {POSTCODE: _alone(_POSTCODE_SHAPE.format(gap=r"\s+"), "0-9a-z")}
_IN_REPORTS = _IN_CELLS | {
    NHS_NUMBER: _alone(_NHS_SHAPE, "0-9a-z"),
    TELEPHONE: _alone(_TELEPHONE_SHAPE, "0-9a-z"),
}


@dataclass(frozen=True)
class Hit:
    """How many cells of a column look like an identifier, and like which; never the cells."""

    code: str
    column: str
    count: int


def inspect(frame: pl.DataFrame, table: Table) -> Iterator[Hit]:
    """What looks like an identifier in the frame's text and numbers, column by column."""
    for column in table.sent_columns:
        if column.name not in frame.columns:
            continue
        types = {table.items[item].type for item in column.items if item in table.items}
        cells = frame[column.name].drop_nulls()
        if column.type is SentType.TEXT:
            yield from _inspect_column(cells, types)
        elif column.type is SentType.INTEGER:
            yield from _inspect_numbers(cells)


def inspect_report(report: bytes) -> Iterator[Hit]:
    """What looks like an identifier in the texts and numbers of a report in JSON."""
    texts = pl.Series("report", list(_leaves(json.loads(report))), dtype=pl.String)
    yield from _inspect_text(texts.filter(~texts.str.contains(_ONLY_SHAPE)), _IN_REPORTS)


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits pass modulus 11 and can be a person's (NHS Data Dictionary)."""
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9]))
    return (11 - total % 11) % 11 == int(digits[9]) and digits not in BARRED_NHS_NUMBERS


def _inspect_column(cells: pl.Series, types: set[ItemType]) -> Iterator[Hit]:
    if types & _CONCEPTS:
        cells = cells.filter(~_is_concept(cells))
    yield from _inspect_text(cells, _IN_CODES if types & _CODED else _IN_CELLS)


def _is_concept(cells: pl.Series) -> pl.Series:
    """Whether the cells are concept identifiers, as their partition says.

    SNOMED CT Release File Specification, SCTID: the two digits before the last.
    """
    partition = cells.str.slice(-3, 2).is_in(_CONCEPT_PARTITIONS)
    return partition & cells.str.contains("^[0-9]{6,18}$")


def _inspect_text(cells: pl.Series, patterns: Mapping[str, str]) -> Iterator[Hit]:
    long = cells.filter(cells.str.len_bytes() >= SHORTEST)
    for code, pattern in patterns.items():
        if long.is_empty():
            return
        found = long.filter(long.str.contains(pattern))
        count = _valid_numbers(found) if code == NHS_NUMBER else found.len()
        if count:
            yield Hit(code, cells.name, count)


def _inspect_numbers(cells: pl.Series) -> Iterator[Hit]:
    large = cells.filter(cells.abs() >= _SMALLEST_NUMBER)
    count = sum(is_nhs_number(text) for text in _ten_digits(large.abs().to_list()))
    if count:
        yield Hit(NHS_NUMBER, cells.name, count)


def _ten_digits(numbers: Iterable[int]) -> Iterator[str]:
    """The numbers as text, one that lost a leading nought with it again."""
    texts = (str(number).zfill(_NHS_DIGITS) for number in numbers)
    return (text for text in texts if len(text) == _NHS_DIGITS)


def _valid_numbers(cells: pl.Series) -> int:
    """How many cells hold ten digits that can be an NHS number."""
    counted = cells.rename("cell").value_counts(name="times")
    shaped = counted["cell"].str.extract_all(_NHS_SHAPE).to_list()
    held = (any(is_nhs_number("".join(filter(str.isdigit, one))) for one in row) for row in shaped)
    return sum(times for times, holds in zip(counted["times"], held, strict=True) if holds)


def _leaves(said: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(said, str):
        yield said
    elif isinstance(said, int) and not isinstance(said, bool) and abs(said) >= _SMALLEST_NUMBER:
        yield str(abs(said)).zfill(_NHS_DIGITS)
    elif isinstance(said, Mapping):
        for key, value in said.items():
            yield key
            yield from _leaves(value)
    elif isinstance(said, list):
        for value in said:
            yield from _leaves(value)
