"""Treat records as the specification says: what is not named there does not leave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

import polars as pl

from portal.specification import (
    Condition,
    DataItem,
    DataSet,
    IsBlank,
    IsFilled,
    ItemType,
    Method,
    NotOneOf,
    OfHeader,
    OfParent,
    OfRow,
    OneOf,
    Operand,
    SentColumn,
    SentType,
    Table,
)
from portal.specification.deriving import age_band, age_group, derived_expression, years_between
from pseudonymisation.ancestors import ancestor_column, made_before
from pseudonymisation.keys import KeySet
from pseudonymisation.pseudonyms import canonical, message, pseudonyms
from pseudonymisation.references import References, place_key

_MESSAGE = "message of "
_PLACE = "place looked up"


class UntreatedColumn(Exception):
    """A column that the specification sends and no treatment makes; nothing leaves."""


@dataclass(frozen=True)
class Surroundings:
    """What a record is treated with besides itself: its header and the reference data."""

    data_set: DataSet
    header: Mapping[str, str | None]
    references: References

    @property
    def provider(self) -> str:
        """The provider whose records they are."""
        return str(self.header[self.data_set.roles.provider])


def pseudonymise(
    frame: pl.DataFrame, table: Table, keys: KeySet, surroundings: Surroundings
) -> pl.DataFrame:
    """The records as they may leave: the columns the specification sends and no other.

    The frame is text, one column per item, with what `Ancestors.beside` added.
    """
    near = _with_areas(frame, table, surroundings)
    known = _known(near, table, surroundings.data_set)
    domains = {name: domain for name, domain in _hashed(table).items() if name not in known}
    made = {name: e for name, e in _expressions(table, surroundings) if name not in known}
    columns = near.lazy().select(
        (value.alias(_MESSAGE + name) if name in domains else value.alias(name))
        for name, value in made.items()
    )
    treated = columns.collect().with_columns(*known.values())
    return treated.select(
        pseudonyms(treated[_MESSAGE + name], domains[name], keys).alias(name)
        if name in domains
        else treated[name]
        for name in _names(table, treated)
    )


def _known(near: pl.DataFrame, table: Table, data_set: DataSet) -> dict[str, pl.Series]:
    """The pseudonyms that the parent table has made already, where it has all of them."""
    items = {item.treatment.output: item.name for item in table.items.values()}
    return {
        output: near[beside].rename(output)
        for output, beside in made_before(table, data_set).items()
        if beside in near.columns
        and near[beside].null_count() == near[items[output]].null_count()
        and near[beside].dtype == pl.Binary
    }


def _names(table: Table, messages: pl.DataFrame) -> Iterator[str]:
    for column in table.sent_columns:
        if not {column.name, _MESSAGE + column.name} & set(messages.columns):
            raise UntreatedColumn(f"{table.name}.{column.name}")
        yield column.name


def _hashed(table: Table) -> dict[str, str]:
    """The outputs that are pseudonyms, with their domain."""
    treatments = (item.treatment for item in table.items.values())
    return {str(one.output): str(one.domain) for one in treatments if one.method is Method.HMAC}


def _expressions(table: Table, surroundings: Surroundings) -> Iterator[tuple[str, pl.Expr]]:
    for item in table.items.values():
        yield from _treated(item, table, surroundings)
    for derived in table.derived.values():
        yield (
            derived.name,
            _typed(
                derived_expression(
                    derived, table, surroundings.data_set, lambda one: _text_of(one, surroundings)
                ),
                table.sent[derived.name],
            ),
        )


def _treated(
    item: DataItem, table: Table, surroundings: Surroundings
) -> Iterator[tuple[str, pl.Expr]]:
    match item.treatment.method:
        case Method.DROP:
            return
        case Method.AGE:
            yield from _ages(item, surroundings)
        case Method.AREA:
            for name, what in item.treatment.outputs.items():
                yield name, pl.col(_area_column(item, what))
        case method:
            yield item.treatment.output or item.name, _once(method, item, table, surroundings)


def _once(
    method: Literal[Method.KEEP, Method.HMAC, Method.MONTH, Method.GROUP],
    item: DataItem,
    table: Table,
    surroundings: Surroundings,
) -> pl.Expr:
    """What one item becomes where that is one column."""
    match method:
        case Method.KEEP:
            return _read(pl.col(item.name), table.sent[item.name].type)
        case Method.HMAC:
            return _message(item, table, surroundings)
        case Method.MONTH:
            return _read(pl.col(item.name), SentType.DATE).dt.month_start()
        case Method.GROUP:
            return _group(item, surroundings.data_set)
        case _:
            assert_never(method)


def _read(value: pl.Expr, kind: SentType) -> pl.Expr:
    """Text as the type that leaves; what does not read is null."""
    match kind:
        case SentType.DATE:
            return value.str.to_date("%Y-%m-%d", strict=False)
        case SentType.TIME:
            return value.str.to_time("%H:%M:%S", strict=False)
        case SentType.DATETIME:
            return value.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
        case SentType.INTEGER:
            return value.cast(pl.Int64, strict=False)
        case _:
            return value


def _typed(value: pl.Expr, column: SentColumn) -> pl.Expr:
    return value.cast(pl.Int64) if column.type is SentType.INTEGER else value


def _message(item: DataItem, table: Table, surroundings: Surroundings) -> pl.Expr:
    """What is hashed for an item: provider first where the pseudonym is the provider's own."""
    treatment = item.treatment
    sources = [table.item(name) for name in treatment.from_items or (item.name,)]
    parts = [canonical(pl.col(one.name), one.type) for one in sources]
    if treatment.scope == "provider":
        parts.insert(0, pl.lit(surroundings.provider))
    whole = message(parts)
    return pl.when(_holds(treatment.use_when)).then(whole) if treatment.use_when else whole


def _holds(condition: Condition) -> pl.Expr:
    match condition:
        case OneOf(item, values):
            return pl.col(item).is_in(values)
        case NotOneOf(item, values):
            return pl.col(item).is_not_null() & ~pl.col(item).is_in(values)
        case IsBlank(item):
            return pl.col(item).is_null()
        case IsFilled(item):
            return pl.col(item).is_not_null()
        case _:
            raise UntreatedColumn(f"a pseudonym cannot depend on {type(condition).__name__}")


def _group(item: DataItem, data_set: DataSet) -> pl.Expr:
    """The group of a code; a code that is not in its value set has none."""
    codes = data_set.value_sets[str(item.value_set)]
    groups = codes.attribute(str(item.treatment.attribute))
    value = pl.col(item.name)
    group = value.replace_strict(groups, default=None, return_dtype=pl.String)
    if not codes.first_character:
        return group
    first = value.str.head(1).replace_strict(groups, default=None, return_dtype=pl.String)
    return pl.when(value.is_in(list(codes.codes))).then(group).otherwise(first)


def _ages(item: DataItem, surroundings: Surroundings) -> Iterator[tuple[str, pl.Expr]]:
    ages = surroundings.data_set.ages
    at = _text_of(OfHeader(str(item.treatment.at)), surroundings)
    age = years_between(_read(pl.col(item.name), SentType.DATE), _read(at, SentType.DATE))
    for name, what in item.treatment.outputs.items():
        yield name, age_band(age, ages) if what == "band" else age_group(age, ages)


def _text_of(operand: Operand, surroundings: Surroundings) -> pl.Expr:
    match operand:
        case OfRow(item):
            return pl.col(item)
        case OfHeader(item):
            return pl.lit(surroundings.header.get(item), pl.String)
        case OfParent():
            return pl.col(ancestor_column(operand))
        case _:
            raise UntreatedColumn(f"nothing is derived from {type(operand).__name__}")


def _with_areas(frame: pl.DataFrame, table: Table, surroundings: Surroundings) -> pl.DataFrame:
    """The frame with, for each item treated as an area, what the directory says of it."""
    for item in table.items.values():
        if item.treatment.method is Method.AREA:
            frame = _with_area(frame, item, surroundings)
    return frame


def _with_area(frame: pl.DataFrame, item: DataItem, surroundings: Surroundings) -> pl.DataFrame:
    directory, key = surroundings.references.organisations, "code"
    place = pl.col(item.name).str.strip_chars()
    if item.type is ItemType.POSTCODE:
        directory, key = surroundings.references.postcodes, "postcode"
        place = place_key(pl.col(item.name))
    at = surroundings.header.get(item.treatment.at) if item.treatment.at else None
    columns = {
        _area_column(item, what): _open_on(at) if what == "known" else pl.col(what)
        for what in item.treatment.outputs.values()
    }
    beside = frame.with_columns(place.alias(_PLACE))
    joined = beside.join(
        directory.select(pl.col(key).alias(_PLACE), **columns),
        on=_PLACE,
        how="left",
        maintain_order="left",
    )
    return joined.drop(_PLACE).with_columns(
        pl.col(name).fill_null("N") for name in columns if name == _area_column(item, "known")
    )


def _open_on(day: str | None) -> pl.Expr:
    """Y or N: whether a place was open on the day, or is open at all where no day is said."""
    at = pl.lit(day, pl.String).str.to_date(strict=False)
    begun = (pl.col("open_from") <= at).fill_null(value=True)
    over = (pl.col("open_to") < at).fill_null(value=False)
    return pl.when(begun & ~over).then(pl.lit("Y")).otherwise(pl.lit("N"))


def _area_column(item: DataItem, what: str) -> str:
    return f"{item.name} area {what}"
