"""Read the text of each item as its type says. What cannot be read is null, and never raises.

A typed column stands beside the text it was read from, under the item's name and a mark. Dates and
times are read by looking the text up among all texts that are right: strict, and faster than
parsing.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache

import polars as pl

from portal.specification import DataItem, DataSet, ItemType, Table, ValueSet

MARK = "="
FIRST_DAY, LAST_DAY = date(1850, 1, 1), date(2100, 12, 31)
DAYS_BEFORE_EPOCH = (date(1970, 1, 1) - FIRST_DAY).days
SECONDS_A_DAY = 86_400
DATE_LENGTH, TIME_LENGTH, DATE_TIME_LENGTH = 10, 8, 19

FORMATS = {
    ItemType.ORG_CODE: r"^[A-Z0-9]{{{low},{high}}}$",
    ItemType.SITE_CODE: r"^[A-Z0-9]{{{low},{high}}}$",
    ItemType.GP_PRACTICE: r"^[A-Z0-9]{{{low},{high}}}$",
    ItemType.POSTCODE: r"^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$",
    ItemType.CLINICAL_CODE: r"^[A-Za-z0-9.+-]{{{low},{high}}}$",
}
_TYPED_COLUMNS: dict[tuple[str, str], tuple[pl.Expr, ...]] = {}
VERSION_FORMAT = r"^[0-9]{1,2}\.[0-9]{1,2}$"


def typed_name(item: str) -> str:
    """The name of the column in which an item stands as its type."""
    return item + MARK


def typed(item: str) -> pl.Expr:
    """An item as its type: a date, a moment, a number, seconds of the day; text stays text."""
    return pl.col(typed_name(item))


def is_coded(item: DataItem, data_set: DataSet) -> bool:
    """Whether an item is looked up whole in its value set."""
    return item.value_set is not None and not data_set.value_sets[item.value_set].first_character


def has_type(item: DataItem, data_set: DataSet) -> bool:
    """Whether an item is anything but text."""
    return item.type in READERS or is_coded(item, data_set)


def typed_columns(table: Table, data_set: DataSet) -> tuple[pl.Expr, ...]:
    """The typed column of every item that is more than text, made once per process."""
    known = (data_set.digest, table.name)
    if known not in _TYPED_COLUMNS:
        _TYPED_COLUMNS[known] = tuple(_typed_columns(table, data_set))
    return _TYPED_COLUMNS[known]


def _typed_columns(table: Table, data_set: DataSet) -> Iterator[pl.Expr]:
    for item in table.items.values():
        if is_coded(item, data_set):
            codes = code_names(data_set.value_sets[item.value_set or ""])
            yield _place(pl.col(item.name), codes).alias(typed_name(item.name))
        elif item.type in READERS:
            yield READERS[item.type](item).alias(typed_name(item.name))


@cache
def _code_type(codes: tuple[str, ...]) -> pl.DataTypeExpr:
    return pl.Enum(codes).to_dtype_expr()


def code_names(value_set: ValueSet) -> tuple[str, ...]:
    """The codes of a value set in the order in which a typed column counts them."""
    return tuple(value_set.codes)


def _place(text: pl.Expr, codes: tuple[str, ...]) -> pl.Expr:
    """Which of the codes a text is; null if none."""
    return text.cast(_code_type(codes), strict=False).to_physical()


@cache
def _days() -> pl.DataTypeExpr:
    """Every day that is accepted, as text. Made once: to hash so many texts takes milliseconds."""
    days = pl.select(pl.date_range(FIRST_DAY, LAST_DAY).dt.to_string("%Y-%m-%d")).to_series()
    return pl.Enum(days).to_dtype_expr()


@cache
def _seconds() -> pl.DataTypeExpr:
    """Every second of a day, as text."""
    second = pl.int_range(SECONDS_A_DAY).cast(pl.Int64) * 1_000_000_000
    return pl.Enum(
        pl.select(second.cast(pl.Time).dt.to_string("%H:%M:%S")).to_series()
    ).to_dtype_expr()


def _day_number(text: pl.Expr) -> pl.Expr:
    place = text.cast(_days(), strict=False).to_physical().cast(pl.Int32)
    return place - DAYS_BEFORE_EPOCH


def read_date(text: pl.Expr) -> pl.Expr:
    """A date written CCYY-MM-DD; null for anything else."""
    return _day_number(text).cast(pl.Date)


def read_time(text: pl.Expr) -> pl.Expr:
    """The seconds of the day of a time written HH:MM:SS; null for anything else."""
    return text.cast(_seconds(), strict=False).to_physical().cast(pl.Int32)


def moment(day: pl.Expr, seconds: pl.Expr) -> pl.Expr:
    """A date and the seconds of that day as one moment."""
    whole = day.cast(pl.Int64) * SECONDS_A_DAY + seconds
    return (whole * 1_000_000).cast(pl.Datetime("us"))


def read_moment(text: pl.Expr) -> pl.Expr:
    """A moment written YYYY-MM-DDThh:mm:ss; null for anything else."""
    day = read_date(text.str.slice(0, DATE_LENGTH))
    seconds = read_time(text.str.slice(DATE_LENGTH + 1))
    joined = text.str.slice(DATE_LENGTH, 1) == "T"
    return pl.when(joined).then(moment(day, seconds))


def _read_number(text: pl.Expr, pattern: str, kind: type[pl.DataType]) -> pl.Expr:
    return pl.when(text.str.contains(pattern)).then(text.cast(kind, strict=False))


READERS = {
    ItemType.DATE: lambda item: read_date(pl.col(item.name)),
    ItemType.TIME: lambda item: read_time(pl.col(item.name)),
    ItemType.DATETIME: lambda item: read_moment(pl.col(item.name)),
    ItemType.INTEGER: lambda item: _read_number(
        pl.col(item.name), f"^[0-9]{{1,{item.max_length}}}$", pl.Int64
    ),
    ItemType.NHS_NUMBER: lambda item: _read_number(pl.col(item.name), "^[0-9]{10}$", pl.UInt64),
    ItemType.SNOMED: lambda item: _read_number(
        pl.col(item.name), f"^[0-9]{{{item.min_length or 1},{item.max_length}}}$", pl.UInt64
    ),
}


def pattern_of(item: DataItem) -> str | None:
    """The pattern a text must match, where its length alone does not say enough."""
    if item.type is ItemType.POSTCODE:
        return FORMATS[ItemType.POSTCODE]
    if item.type in FORMATS:
        low, high = item.min_length or 1, item.max_length
        return FORMATS[item.type].format(low=low, high=high)
    return VERSION_FORMAT if item.format == "max n2.max n2" else None


def is_right_length(item: DataItem) -> pl.Expr:
    """Whether a text has as many characters as its item may have."""
    length = pl.col(item.name).str.len_chars()
    return length.is_between(item.min_length or 1, item.max_length)


def texts_of(item: DataItem, texts: Sequence[str]) -> list[bool]:
    """Whether each text matches the item's pattern; for single values outside a frame."""
    pattern = pattern_of(item)
    return [pattern is None or re.fullmatch(pattern, text) is not None for text in texts]
