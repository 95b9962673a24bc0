"""Derived columns as Polars expressions over text, so that every room derives them alike.

Nothing here is evaluated: the caller says what expression stands for an operand.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from functools import cache

import polars as pl

from portal.specification.model import Derived, Table
from portal.specification.operands import AgeGroupOf, Moment, OfRow, Operand
from portal.specification.whole import Ages, DataSet

TextOf = Callable[[Operand], pl.Expr]

BARRED_NHS_NUMBERS = tuple(str(digit) * 10 for digit in range(10)) + tuple(
    f"{digit}00000000{digit}" for digit in range(1, 10)
)
_DAY = 86_400
_FIRST_DAY, _LAST_DAY = date(1800, 1, 1), date(2199, 12, 31)
_YES_NO = {True: "Y", False: "N"}


def derived_expression(
    derived: Derived, table: Table, data_set: DataSet, text_of: TextOf
) -> pl.Expr:
    """The column, under its name; null where what it needs is blank or makes no sense.

    `text_of` gives the text of an item of the row, of the header or of an ancestor.
    """
    settings = derived.settings
    match derived.kind:
        case "days_between":
            first, second = _day(settings["first"], text_of), _day(settings["second"], text_of)
            column = (second - first).dt.total_days()
        case "minutes_between" | "minutes_overnight" | "standard_met":
            column = _waits(derived, text_of)
        case "valid_nhs_number":
            column = _yes_no(nhs_number_is_valid(text_of(OfRow(settings["item"]))))
        case "age_group" | "age_band":
            age = years_between(_day(settings["born"], text_of), _day(settings["at"], text_of))
            banded = derived.kind == "age_band"
            column = age_band(age, data_set.ages) if banded else age_group(age, data_set.ages)
        case "adult_or_child":
            column = adult_or_child(settings["group"], text_of)
        case "time_at_most":
            limit = time.fromisoformat(settings["limit"])
            column = _yes_no(_clock(text_of(OfRow(settings["item"]))) <= pl.lit(limit))
        case _:
            column = _by_age(derived, table, data_set, text_of)
    return column.alias(derived.name)


def years_between(born: pl.Expr, at: pl.Expr) -> pl.Expr:
    """Whole years from one date to another; a 29 February comes round on 1 March."""
    return (_as_number(at) - _as_number(born)) // 10_000


def age_group(age: pl.Expr, ages: Ages) -> pl.Expr:
    """The named group an age in years falls into, or null."""
    labels: list[str | None] = [None] * (ages.oldest + 1)
    for one in ages.groups:
        labels[one.lowest : one.highest + 1] = [one.label] * (one.highest + 1 - one.lowest)
    return _labelled(age, labels[: ages.oldest + 1])


def age_band(age: pl.Expr, ages: Ages) -> pl.Expr:
    """The band an age in years falls into, such as 35-39, the oldest in one band; or null."""
    lowest = [years // ages.band_years * ages.band_years for years in range(ages.top_code)]
    bands = [f"{years}-{years + ages.band_years - 1}" for years in lowest]
    oldest = [f"{ages.top_code}_Plus"] * (ages.oldest + 1 - ages.top_code)
    return _labelled(age, [*bands, *oldest])


def _as_number(day: pl.Expr) -> pl.Expr:
    """A date as the number its digits make, 20240229; looked up, which beats taking it apart."""
    since = day.cast(pl.Int32) - _days_since_1970(_FIRST_DAY)
    within = pl.when(since.is_between(0, len(_numbers()) - 2)).then(since)
    return pl.lit(_numbers()).gather(within.fill_null(len(_numbers()) - 1))


def _days_since_1970(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@cache
def _numbers() -> pl.Series:
    """The number of each day from the first to the last that is told apart, then a null."""
    days = pl.date_range(_FIRST_DAY, _LAST_DAY, eager=True)
    return days.dt.to_string("%Y%m%d").cast(pl.Int32).extend(pl.Series([None], dtype=pl.Int32))


def _labelled(age: pl.Expr, labels: Sequence[str | None]) -> pl.Expr:
    """The label of each age from nought; null beyond the labels."""
    within = pl.when(age.is_between(0, len(labels) - 1)).then(age).otherwise(len(labels))
    return pl.lit(pl.Series([*labels, None], dtype=pl.String)).gather(within)


def adult_or_child(group: AgeGroupOf, text_of: TextOf) -> pl.Expr:
    """The code of adults or of children, or null if an age cannot be told."""
    age = years_between(_day(group.born, text_of), _day(group.at, text_of))
    return (
        pl.when(age >= group.adult_from)
        .then(pl.lit(group.adult))
        .when(age < group.adult_from)
        .then(pl.lit(group.child))
        .otherwise(pl.lit(None, pl.String))
    )


def nhs_number_is_valid(number: pl.Expr) -> pl.Expr:
    """Whether text is ten digits that pass modulus 11 and is none of the 19 barred numbers.

    NHS Data Dictionary, NHS NUMBER: weights 10 to 2, check digit 11 minus the remainder.
    """
    digits = [number.str.slice(place, 1).cast(pl.Int32, strict=False) for place in range(10)]
    total = pl.sum_horizontal(digit * (10 - place) for place, digit in enumerate(digits[:9]))
    check = (11 - total % 11) % 11
    shaped = number.str.contains(r"^[0-9]{10}$").fill_null(value=False)
    return shaped & (check == digits[9]) & ~number.is_in(BARRED_NHS_NUMBERS)


def _yes_no(held: pl.Expr) -> pl.Expr:
    return held.replace_strict(_YES_NO, default=None, return_dtype=pl.String)


def _day(operand: Operand, text_of: TextOf) -> pl.Expr:
    return text_of(operand).str.to_date("%Y-%m-%d", strict=False)


def _clock(text: pl.Expr) -> pl.Expr:
    return text.str.to_time("%H:%M:%S", strict=False)


def _seconds(operand: Operand, text_of: TextOf) -> tuple[pl.Expr, pl.Expr]:
    """A moment as days since 1970 and seconds into the day."""
    if not isinstance(operand, Moment):
        raise TypeError("a wait in minutes needs a date and a time")
    days = _day(OfRow(operand.date), text_of).cast(pl.Int32).cast(pl.Int64)
    clock = _clock(text_of(OfRow(operand.time)))
    return days, clock.cast(pl.Int64) // 1_000_000_000


def _waits(derived: Derived, text_of: TextOf) -> pl.Expr:
    settings = derived.settings
    first, second = (_seconds(settings[end], text_of) for end in ("first", "second"))
    minutes = ((second[0] - first[0]) * _DAY + second[1] - first[1]) // 60
    if derived.kind == "minutes_between":
        return minutes
    if derived.kind == "minutes_overnight":
        dusk, dawn = (_into_day(settings[edge]) for edge in ("from", "to"))
        return (_dark(second, dusk, dawn) - _dark(first, dusk, dawn)) // 60
    return _standard_met(settings, minutes, text_of)


def _into_day(clock: str) -> int:
    moment = time.fromisoformat(clock)
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _dark(moment: tuple[pl.Expr, pl.Expr], dusk: int, dawn: int) -> pl.Expr:
    """Seconds between dusk and dawn from 1970 up to the moment."""
    days, seconds = moment
    morning = pl.min_horizontal(seconds, pl.lit(dawn))
    evening = pl.max_horizontal(seconds - dusk, pl.lit(0))
    return days * (dawn + _DAY - dusk) + morning + evening


def _standard_met(
    settings: Mapping[str, dict[str, str]], minutes: pl.Expr, text_of: TextOf
) -> pl.Expr:
    allowed = {code: int(limit) for code, limit in settings["within_minutes"].items()}
    allowed |= {code: int(limit) * 1440 for code, limit in settings["within_days"].items()}
    kind = text_of(OfRow(str(settings["type"])))
    return _yes_no(minutes <= kind.replace_strict(allowed, default=None, return_dtype=pl.Int64))


def _by_age(derived: Derived, table: Table, data_set: DataSet, text_of: TextOf) -> pl.Expr:
    """The attribute of a code that goes with an adult, or the one that goes with a child."""
    settings, group = derived.settings, derived.settings["group"]
    codes = data_set.value_sets[str(table.item(settings["item"]).value_set)]
    code = text_of(OfRow(settings["item"]))
    adult, child = (
        code.replace_strict(codes.attribute(settings[who]), default=None, return_dtype=pl.String)
        for who in ("adult", "child")
    )
    who = adult_or_child(group, text_of)
    return pl.when(who == group.adult).then(adult).when(who == group.child).then(child)
