"""Count measures for one day from typed frames, as the specification defines them.

The aggregate tables of a synthetic submission are made from these counts.
"""

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from portal.specification.deriving import derived_expression
from portal.specification.measuring import Clock, DischargeCodes, Link
from portal.specification.model import Table
from portal.specification.operands import Condition, OfHeader, OfParent, OfRow, OneOf, Operand
from portal.specification.whole import DataSet, Measure

Frames = Mapping[str, pl.DataFrame]


def count(data_set: DataSet, measure: Measure, frames: Frames, today: date) -> pl.DataFrame:
    """The measure on a day: a column for the day, one for each split, and `value`."""
    counted = _KINDS[measure.kind](data_set, measure, frames, today)
    return counted.with_columns(pl.lit(today).alias(measure.settings["day"]))


def recounted(
    data_set: DataSet, table: Table, row: Mapping[str, str | None], frames: Frames
) -> int:
    """What a row of an aggregate table should hold on the day it states."""
    said = next(rule.settings for rule in table.rules if rule.kind == "reconcile")
    measure = data_set.measures[said["measure"]]
    counted = count(
        data_set, measure, frames, date.fromisoformat(str(row[measure.settings["day"]]))
    )
    same = [pl.col(name).cast(pl.String) == row[name] for name in said["by"]]
    return int(counted.filter(same)["value"].sum())


def value_of(data_set: DataSet, frames: Frames, table: str, operand: Operand) -> pl.Series:
    """What an operand holds for each row of a table."""
    match operand:
        case OfRow(name) if name in data_set.tables[table].derived:
            return _derived(data_set, frames, table, name)
        case OfRow(name):
            return frames[table][name]
        case OfHeader(name):
            held = frames[data_set.header.name][name]
            return held.new_from_index(0, frames[table].height)
        case OfParent(ancestor, name):
            return _of_ancestor(data_set, frames, table, ancestor, name)
    raise TypeError(f"{operand} cannot be read from the records")


def _of_ancestor(
    data_set: DataSet, frames: Frames, table: str, ancestor: str, name: str
) -> pl.Series:
    path = data_set.path(table, ancestor)
    wanted = [*(list(step.items) for step in path[1:]), [name]]
    frame = frames[table]
    for step, columns in zip(path, wanted, strict=True):
        own = frame.select(list(step.items))
        keys = list(step.parent_items)
        parent = frames[step.table].select(
            *(pl.col(key).alias(f"key {key}") for key in keys), *columns
        )
        frame = (
            own.join(
                parent.unique([f"key {key}" for key in keys], keep="first"),
                left_on=list(step.items),
                right_on=[f"key {key}" for key in keys],
                how="left",
                maintain_order="left",
                coalesce=True,
            ).select(columns)
            if set(columns).isdisjoint(step.items)
            else own
        )
    return frame[name]


def _text(series: pl.Series) -> pl.Series:
    if series.dtype == pl.Time:
        return series.dt.to_string("%H:%M:%S")
    return series.cast(pl.String)


def _derived(data_set: DataSet, frames: Frames, table: str, name: str) -> pl.Series:
    def text_of(operand: Operand) -> pl.Expr:
        return pl.lit(_text(value_of(data_set, frames, table, operand)))

    whole = data_set.tables[table]
    expression = derived_expression(whole.derived[name], whole, data_set, text_of)
    return frames[table].select(expression).to_series()


def _meets(data_set: DataSet, frames: Frames, table: str, condition: Condition) -> pl.Series:
    if not isinstance(condition, OneOf):
        raise TypeError(f"{condition} is not asked of a measure of aggregates")
    held = _text(value_of(data_set, frames, table, OfRow(condition.item)))
    return held.is_in(condition.values).fill_null(value=False)


def _splits(data_set: DataSet, measure: Measure, frames: Frames) -> list[pl.Series]:
    table = str(measure.table)
    return [
        _text(value_of(data_set, frames, table, OfRow(column))).alias(name)
        for name, column in measure.settings["splits"].items()
    ]


def _linked(data_set: DataSet, frames: Frames, link: Link) -> pl.DataFrame:
    """The linked rows that meet the link's conditions, with their date."""
    frame = frames[link.table]
    for condition in link.where:
        frame = frame.filter(_meets(data_set, frames, link.table, condition))
    return frame.select(*link.via, *([link.date] if link.date else []))


def _waiting(data_set: DataSet, measure: Measure, frames: Frames, today: date) -> pl.DataFrame:
    settings, table = measure.settings, str(measure.table)
    rows = pl.DataFrame(_splits(data_set, measure, frames)).with_columns(
        frames[table].select(settings["clock"].via).get_columns()
    )
    rows = rows.with_columns(
        value_of(data_set, frames, table, settings["received"]).alias("received"),
        *_ended(data_set, frames, table, [*settings["ended"], settings["died"]], today),
    )
    rows = _clocked(rows, settings["clock"], frames, today)
    seen: Link = settings["seen"]
    visits = (
        _linked(data_set, frames, seen)
        .group_by(seen.via)
        .agg(pl.col(str(seen.date)).filter(pl.col(str(seen.date)) <= today).max().alias("visited"))
    )
    rows = rows.join(visits, on=list(seen.via), how="left", maintain_order="left")
    start = pl.coalesce("start", "received")
    waiting = rows.filter(
        (start <= today)
        & ~pl.col("ended").fill_null(value=False)
        & ~pl.col("stopped").fill_null(value=False)
        & ~(pl.col("visited") >= start).fill_null(value=False)
    ).with_columns((pl.lit(today) - start).dt.total_days().alias("wait"))
    return _banded(data_set, measure, waiting)


def _ended(
    data_set: DataSet, frames: Frames, table: str, ends: list[Operand], today: date
) -> list[pl.Series]:
    ended = [value_of(data_set, frames, table, one) <= today for one in ends]
    columns = pl.DataFrame([one.alias(str(place)) for place, one in enumerate(ended)])
    return [columns.select(pl.any_horizontal(pl.all()).alias("ended")).to_series()]


def _clocked(rows: pl.DataFrame, clock: Clock, frames: Frames, today: date) -> pl.DataFrame:
    stopped = pl.col(clock.status).cast(pl.String).is_in(clock.stops) & (pl.col(clock.end) <= today)
    clocks = (
        frames[clock.table]
        .group_by(clock.via)
        .agg(
            pl.col(clock.start).max().alias("start"),
            stopped.fill_null(value=False).any().alias("stopped"),
        )
    )
    return rows.join(clocks, on=list(clock.via), how="left", maintain_order="left")


def _banded(data_set: DataSet, measure: Measure, waiting: pl.DataFrame) -> pl.DataFrame:
    """Counts for every band of every split in use, zero where nobody waits, and the total."""
    settings = measure.settings
    names, band, total = list(settings["splits"]), settings["band"], settings["total"]
    bands = data_set.value_sets[settings["bands"]].codes.values()
    counts = []
    for one in bands:
        least, most = one.attributes["min_days"], one.attributes["max_days"]
        within = (pl.col("wait") >= int(least)) & (
            (pl.col("wait") <= int(most)) if most else pl.lit(value=True)
        )
        counted = pl.len() if one.code == total else within.sum()
        counts.append(counted.cast(pl.Int64).alias(one.code))
    return (
        waiting.drop_nulls(names)
        .group_by(names)
        .agg(counts)
        .sort(names)
        .unpivot(index=names, variable_name=band, value_name="value")
        .sort(names, maintain_order=True)
    )


def _open(data_set: DataSet, measure: Measure, frames: Frames, today: date) -> pl.DataFrame:
    settings, frame = measure.settings, frames[str(measure.table)]
    rows = pl.DataFrame(_splits(data_set, measure, frames)).with_columns(
        frame.select(pl.concat_str([pl.col(name).cast(pl.String) for name in settings["distinct"]]))
        .to_series()
        .alias("distinct")
    )
    held = frame[settings["start"]] <= today
    for end in settings["ends"]:
        held &= (frame[end] > today).fill_null(value=True)
    names = list(settings["splits"])
    return rows.filter(held).group_by(names).agg(pl.n_unique("distinct").alias("value")).sort(names)


def _discharges(data_set: DataSet, measure: Measure, frames: Frames, today: date) -> pl.DataFrame:
    settings, table = measure.settings, str(measure.table)
    frame, status = frames[table], settings["status"]
    no_longer = _linked(data_set, frames, status).filter(pl.col(status.date) == today)
    rows = pl.DataFrame(_splits(data_set, measure, frames)).with_columns(
        _meets(data_set, frames, table, settings["adults"]).alias("adult"),
        (frame[settings["discharged"]] == today).fill_null(value=False).alias("today"),
        (frame[settings["discharged"]] <= today).fill_null(value=False).alias("gone"),
        _meets(data_set, frames, table, settings["excluding"]).alias("excluded"),
        _meets(data_set, frames, table, settings["early"]).alias("early"),
        _meets(data_set, frames, table, settings["late"]).alias("late"),
        frame[status.via[0]].is_in(no_longer[status.via[0]].implode()).alias("no_longer"),
        (pl.lit(today) - frame[settings["admitted"]]).dt.total_days().alias("stay"),
    )
    discharged = pl.col("today") & ~pl.col("excluded")
    remain = pl.col("no_longer") & ~pl.col("gone")
    codes: DischargeCodes = settings["codes"]
    metrics = {
        codes.no_longer: pl.col("no_longer"),
        codes.discharged: discharged,
        codes.remaining: remain,
        codes.early: discharged & pl.col("early"),
        codes.late: discharged & pl.col("late"),
    }
    for code, least in settings["longer_stays"].items():
        metrics[code] = remain & (pl.col("stay") >= least)
    names = list(settings["splits"])
    return (
        rows.filter("adult")
        .group_by(names)
        .agg(one.cast(pl.Int64).sum().alias(code) for code, one in metrics.items())
        .unpivot(index=names, variable_name=settings["metric"], value_name="value")
        .sort(*names, settings["metric"])
    )


_KINDS: Mapping[str, Callable[[DataSet, Measure, Frames, date], pl.DataFrame]] = {
    "waiting_list": _waiting,
    "open_on_day": _open,
    "discharge": _discharges,
}
