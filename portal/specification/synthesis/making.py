"""Make one column: the vocabulary of recipes in `synthesis.toml`, each for a kind of value.

A recipe is tried in the order of `_MAKERS`; the first key it has says what it makes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl

from portal.specification.model import DataItem, ItemType, Mandation
from portal.specification.reference import organisations, postcodes
from portal.specification.synthesis.draws import (
    Keys,
    Numbers,
    between,
    chosen,
    mixed,
    salt,
    skewed,
    uniform,
)
from portal.specification.synthesis.rows import Making

Recipe = Mapping[str, Any]
_DAY_SECONDS = 86_400
_SECOND = 1_000_000_000


def make(making: Making, item: DataItem, recipe: Recipe) -> pl.Series:
    """The column of an item, with blanks where the recipe says so."""
    series = _made(making, item, recipe)
    shown = np.ones(len(making), dtype=bool)
    for condition in recipe.get("when", []):
        shown &= making.meets(condition)
    if "blank" in recipe:
        shown &= uniform(making.key, making.salt(item), "blank") >= recipe["blank"]
    if shown.all():
        return series
    mask = pl.Series(shown)
    return pl.select(pl.when(mask).then(series)).to_series()


def _made(making: Making, item: DataItem, recipe: Recipe) -> pl.Series:
    for key, maker in _MAKERS.items():
        if key in recipe:
            return maker(making, item, recipe)
    if item.value_set is not None and item.mandation is Mandation.MANDATORY:
        return _choose(making, item, {"choose": {}})
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(making))


def _keys(making: Making, item: DataItem, recipe: Recipe) -> Keys:
    """The keys to draw by: those of the rows, or those of another column's values."""
    if "draw_by" not in recipe:
        return mixed(making.key, salt(making.salt(item)))
    values = making.column(recipe["draw_by"])
    kinds = {value: salt(recipe["draw_by"], value) for value in values.unique().to_list()}
    return np.array([kinds[value] for value in values.to_list()], dtype=np.uint64)


def _gathered(codes: list[str], places: Numbers) -> pl.Series:
    distinct = list(dict.fromkeys(codes))
    series = pl.Series(codes, dtype=pl.Enum(distinct))
    return series.gather(pl.Series(places, dtype=pl.UInt32))


def _choose(making: Making, item: DataItem, recipe: Recipe) -> pl.Series:
    weights: Mapping[str, Any] = recipe["choose"] or making.valid_codes(item)
    keys = _keys(making, item, recipe)
    if "by" not in recipe:
        return _gathered(list(weights), chosen(keys, list(weights.values())))
    label = making.label(recipe["by"])
    made = pl.Series([None], dtype=pl.String).new_from_index(0, len(making))
    for value, own in weights.items():
        mask = pl.Series(label == value)
        drawn = _gathered(list(own), chosen(keys, list(own.values()))).cast(pl.String)
        made = pl.select(pl.when(mask).then(drawn).otherwise(made)).to_series()
    return made


def _constant(making: Making, _: DataItem, recipe: Recipe) -> pl.Series:
    return pl.Series([recipe["constant"]]).new_from_index(0, len(making))


def _days(making: Making, item: DataItem, recipe: Recipe) -> Numbers:
    days = making.date(recipe["on"])
    if "days" in recipe:
        days = days + between(making.key, *recipe["days"], making.salt(item), "days")
    for bound, least in (("not_before", True), ("not_after", False)):
        if bound in recipe:
            other = making.date(recipe[bound])
            days = np.maximum(days, other) if least else np.minimum(days, other)
    return days


def _on(making: Making, item: DataItem, recipe: Recipe) -> pl.Series:
    """A day; one that is still to come is blank unless the recipe lets it be known."""
    days = _days(making, item, recipe)
    series = pl.Series(days.astype(np.int32)).cast(pl.Date)
    if item.type is ItemType.DATETIME:
        seconds = days * _DAY_SECONDS + between(making.key, 0, _DAY_SECONDS - 1, item.name)
        series = pl.Series(seconds * 1000).cast(pl.Datetime("ms"))
    if recipe.get("foreseen", False):
        return series
    return pl.select(pl.when(pl.Series(days <= making.today)).then(series)).to_series()


def _clock(making: Making, item: DataItem, recipe: Recipe) -> pl.Series:
    """A time of day between two hours, or some minutes after another time of the row."""
    if "after" in recipe:
        start = making.column(recipe["after"]).to_physical().to_numpy() // _SECOND
        minutes = skewed(making.key, recipe["clock"], making.salt(item))
        seconds = np.minimum(start + minutes * 60, _DAY_SECONDS - 1)
    else:
        first, last = recipe["clock"]
        seconds = between(making.key, first * 3600, last * 3600 - 1, making.salt(item))
    return pl.Series(seconds.astype(np.int64) * _SECOND).cast(pl.Time)


def _number(making: Making, item: DataItem, recipe: Recipe) -> pl.Series:
    numbers = skewed(making.key, recipe["number"], making.salt(item))
    if "at_most" in recipe:
        table, name = recipe["at_most"].split(".")
        limit = making.relative(table, name, name).fill_null(recipe["number"]["most"])
        numbers = np.minimum(numbers, limit.to_numpy())
    if "plus" in recipe:
        numbers = numbers + making.column(recipe["plus"]).to_numpy()
    return pl.Series(numbers)


def _identity(making: Making, _: DataItem, recipe: Recipe) -> pl.Series:
    """A local identifier: some letters, the number of the person, and of the row within the day."""
    digits = recipe.get("digits", 7)
    number = pl.Series(making.serial % 10**digits).cast(pl.String).str.zfill(digits)
    parts = [pl.lit(recipe["identity"]), number]
    if recipe.get("of_day", False):
        days = pl.Series(making.date("day")).cast(pl.String)
        parts += [days, pl.Series(making.nth).cast(pl.String).str.zfill(3)]
    elif recipe.get("nth", False):
        parts += [pl.Series(making.nth).cast(pl.String)]
    return pl.select(pl.concat_str(parts)).to_series()


def _joined(making: Making, _: DataItem, recipe: Recipe) -> pl.Series:
    """Text and other columns one after the other, and the number of the row if asked."""
    parts: list[pl.Expr | pl.Series] = []
    for name in recipe["joined"]:
        if name in making.table.items:
            parts.append(making.column(name).cast(pl.String))
        else:
            parts.append(pl.Series(making.nth).cast(pl.String) if name == "nth" else pl.lit(name))
    return pl.select(pl.concat_str(parts)).to_series()


def _nhs_number(making: Making, item: DataItem, _: Recipe) -> pl.Series:
    """Ten digits from 900 to 999 onwards, set aside for tests, with a right check digit."""
    digits = [np.full(len(making), 9)]
    digits += [making.serial // 10**place % 10 for place in range(6, -1, -1)]
    last = between(making.key, 0, 9, making.salt(item))
    check = _check_digit([*digits, last])
    last = np.where(check == 10, (last + 1) % 10, last)  # noqa: PLR2004
    check = _check_digit([*digits, last])
    value = np.zeros(len(making), dtype=np.int64)
    for digit in (*digits, last, check):
        value = value * 10 + digit
    return pl.Series(value).cast(pl.String)


def _check_digit(digits: list[Numbers]) -> Numbers:
    total = sum((10 - place) * digit for place, digit in enumerate(digits))
    return np.asarray((11 - np.asarray(total) % 11) % 11)


def _directory(making: Making, item: DataItem, recipe: Recipe) -> pl.Series:
    kind = recipe["directory"]
    if kind == "postcode":
        codes = [row["postcode"] for row in postcodes()]
    else:
        codes = [
            row["code"]
            for row in organisations()
            if row["kind"] == kind and row["provider"] in ("", making.provider)
        ]
    keys = _keys(making, item, recipe)
    return _gathered(codes, chosen(keys, [1.0] * len(codes)))


def _copied(making: Making, item: DataItem, recipe: Recipe) -> pl.Series:
    """The value of another item of the row, of an ancestor, or of the first row of a relative."""
    source = recipe["copy"]
    if source == "provider":
        return pl.Series([making.provider]).new_from_index(0, len(making))
    if "." not in source:
        return making.column(source)
    table, name = source.split(".")
    return making.relative(table, name, recipe.get("via", item.name))


def _attribute(making: Making, _: DataItem, recipe: Recipe) -> pl.Series:
    codes = making.data_set.value_sets[str(making.table.item(recipe["of"]).value_set)].attribute(
        recipe["attribute"]
    )
    column = making.column(recipe["of"]).cast(pl.String)
    return column.replace_strict(codes, default=None, return_dtype=pl.String)


def _counted(making: Making, _: DataItem, recipe: Recipe) -> pl.Series:
    return making.counted(recipe["counted"])


_MAKERS: Mapping[str, Callable[[Making, DataItem, Recipe], pl.Series]] = {
    "choose": _choose,
    "constant": _constant,
    "on": _on,
    "clock": _clock,
    "number": _number,
    "identity": _identity,
    "joined": _joined,
    "nhs_number": _nhs_number,
    "directory": _directory,
    "copy": _copied,
    "attribute": _attribute,
    "counted": _counted,
}
