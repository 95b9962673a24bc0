"""Kinds of rule that know how a code is built: check digits, schemes, attributes of value sets."""

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.specification import AgeGroupOf, OfRow, Rule
from submissions.rules.operands import (
    day_of,
    parent_item,
    under,
    value_of,
    years_between,
)
from submissions.rules.scene import NotAsked, Scene, row_kind
from submissions.values import is_coded, typed

# Right check digit, yet nobody's number: ten alike digits, and 1000000001 to 9000000009.
BARRED = [int(str(digit) * 10) for digit in np.arange(10)] + [
    digit * 10**9 + digit for digit in np.arange(1, 10).tolist()
]
# Numbers from 900 to 999 (first three digits) are kept for made-up people.
MADE_UP_FROM = 9_000_000_000

PATTERNS = {
    "opcs4": r"^[A-Z][0-9]{2}\.?[0-9]?$",
    "icd10": r"^[A-Z][0-9]{2}(\.?[0-9X][0-9]?)?[-DA]?$",
}
SNOMED_LENGTHS = (6, 18)

# Verhoeff's scheme: the table of the dihedral group of ten, and the permutation by place.
TIMES = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ],
    dtype=np.uint8,
)
FIRST_TURN = np.array([1, 5, 7, 6, 2, 8, 3, 0, 9, 4], dtype=np.uint8)


def _turns() -> npt.NDArray[np.uint8]:
    """The permutation applied at each of eight places."""
    turns = [np.arange(10, dtype=np.uint8)]
    for _ in np.arange(7):
        turns.append(FIRST_TURN[turns[-1]])
    return np.array(turns)


TURNS = _turns()


def verhoeff_holds(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Whether the last digit of each number is Verhoeff's check digit of the others."""
    rest = numbers.copy()
    check = np.zeros(len(numbers), dtype=np.uint8)
    place = 0
    while rest.any():
        left = rest > 0
        digit = (rest[left] % np.uint64(10)).astype(np.uint8)
        check[left] = TIMES[check[left], TURNS[place % 8][digit]]
        rest //= np.uint64(10)
        place += 1
    return np.equal(check, 0)


def _snomed_holds(column: pl.Series) -> pl.Series:
    numbers = column.cast(pl.UInt64, strict=False)
    held = verhoeff_holds(numbers.fill_null(0).to_numpy())
    return pl.select(pl.when(numbers.is_not_null()).then(pl.lit(pl.Series(held)))).to_series()


def snomed_holds(number: pl.Expr) -> pl.Expr:
    """Whether a number is a SNOMED CT identifier by its check digit. Null stays null."""
    return number.map_batches(_snomed_holds, return_dtype=pl.Boolean, is_elementwise=True)


@row_kind
def snomed(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """The identifier ends in the right check digit (Verhoeff)."""
    item = rule.settings["item"]
    value_of(OfRow(item), scene)
    return {item: snomed_holds(typed(item))}


@row_kind
def nhs_number(rule: Rule, _scene: Scene) -> dict[str, pl.Expr]:
    """The number ends in the right check digit (modulus 11), and belongs to somebody."""
    item = rule.settings["item"]
    return {item: nhs_number_holds(typed(item))}


def nhs_number_holds(number: pl.Expr) -> pl.Expr:
    """Whether a ten-digit number is an NHS number: weights 10 to 2, check digit, modulus 11."""
    total = number % 10
    for weight in np.arange(2, 11).tolist():
        total = total + (number // 10 ** (weight - 1)) % 10 * weight
    return (total % 11 == 0) & ~number.is_in(pl.Series(BARRED, dtype=pl.UInt64).implode())


@row_kind
def nhs_number_range(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """The number is not one of those kept for made-up people."""
    item = rule.settings["item"]
    return {item: under(rule.settings["when"], typed(item) < MADE_UP_FROM, scene)}


@row_kind
def code_scheme(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """A clinical code is built as its scheme says; a scheme without a pattern says nothing."""
    said = rule.settings
    item, scheme = said["item"], said["scheme"]
    if item in scene.missing or scheme in scene.missing:
        raise NotAsked(f"{item} or {scheme} was not sent.")
    asked: pl.Expr = pl.lit(None, pl.Boolean)
    for code, pattern in said["patterns"].items():
        asked = pl.when(pl.col(scheme) == code).then(_is_built(item, pattern)).otherwise(asked)
    return {item: asked}


def _is_built(item: str, pattern: str) -> pl.Expr:
    """Whether a code is built as one scheme says."""
    text = pl.col(item)
    if pattern != "snomed":
        return text.str.contains(PATTERNS[pattern])
    low, high = SNOMED_LENGTHS
    right = text.str.contains(f"^[0-9]{{{low},{high}}}$")
    number = pl.when(right).then(text.cast(pl.UInt64, strict=False))
    return pl.when(right).then(snomed_holds(number)).otherwise(right)


@row_kind
def code_attribute(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """An attribute of the code agrees with another item, or with the person's age."""
    said = rule.settings
    item = said["item"]
    if item in scene.missing:
        raise NotAsked(f"{item} was not sent.")
    value_set = scene.data_set.value_sets[scene.item(item).value_set or ""]
    attribute = value_set.attribute(said["attribute"])
    own = pl.col(item).replace_strict(dict(attribute), default=None, return_dtype=pl.String)
    equals = said["equals"]
    if isinstance(equals, AgeGroupOf):
        age = years_between(day_of(equals.born, scene), day_of(equals.at, scene))
        adult = pl.when(age >= equals.adult_from).then(pl.lit(equals.adult))
        other: pl.Expr = adult.when(age.is_not_null()).then(pl.lit(equals.child))
    else:
        other = value_of(equals, scene).expression
    return {item: own == other}


@row_kind
def parent_in(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """An item of an ancestor holds one of certain codes; a blank passes."""
    operand = rule.settings["value"]
    value = value_of(operand, scene).expression
    allowed = list(rule.settings["allowed"])
    ancestor = parent_item(operand, scene.data_set)
    if is_coded(ancestor, scene.data_set):
        codes = list(scene.data_set.value_sets[ancestor.value_set or ""].codes)
        value = value.cast(pl.Int64)
        allowed = [codes.index(code) for code in allowed if code in codes]
    own = scene.data_set.path(scene.table.name, operand.table)[0].items[0]
    return {own: value.is_in(allowed)}


@row_kind
def not_default_date(rule: Rule, scene: Scene) -> dict[str, pl.Expr]:
    """A date is not one of those that systems write when they do not know."""
    item = rule.settings["item"]
    if item in scene.missing:
        raise NotAsked(f"{item} was not sent.")
    return {item: ~pl.col(item).is_in(rule.settings["values"])}
