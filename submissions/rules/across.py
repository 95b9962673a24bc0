"""Kinds of rule that look across the records of a table, or from a table to its children.

They work on what was held: hashes of keys, row numbers, dates and codes. Each returns the rows that
break the rule; every row of an offending group is among them.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

import numpy as np
import polars as pl

from portal.specification import Rule
from submissions.holding import Held, target, unique_key
from submissions.keys import Rows, groups, repeated
from submissions.values import is_coded

Kind = Callable[[Rule, Held, Mapping[str, Held]], Rows]
ACROSS_KINDS: dict[str, Kind] = {}
NO_ROWS: Rows = np.empty(0, np.int32)


def across_kind(function: Kind) -> Kind:
    """Register a kind of rule that looks across records, under the function's own name."""
    ACROSS_KINDS[function.__name__] = function
    return function


@across_kind
def unique(rule: Rule, held: Held, _others: Mapping[str, Held]) -> Rows:
    """No two records have the same key. Every record of a repeated key breaks the rule."""
    return repeated(held.keys[unique_key(rule, held.table)])


@across_kind
def singleton(_rule: Rule, held: Held, _others: Mapping[str, Held]) -> Rows:
    """The table has exactly one record. All but the first break the rule."""
    return np.arange(1, held.records, dtype=np.int32)


@across_kind
def has_child(rule: Rule, held: Held, others: Mapping[str, Held]) -> Rows:
    """At least one record of the other table belongs to each record."""
    via = rule.settings["via"]
    keys = held.keys[target(held.table, via)]
    child = others.get(rule.settings["table"])
    named = keys.first != 0
    if child is None:
        return np.flatnonzero(named).astype(np.int32)
    return np.flatnonzero(named & (child.index(via).find(keys) < 0)).astype(np.int32)


def _grouped(rule: Rule, held: Held, *items: str) -> pl.DataFrame:
    """The records with a key: their row, the number of their group, and some items."""
    rows, numbers = groups(held.keys[target(held.table, rule.settings["group_by"])])
    at = pl.Series(rows)
    return pl.DataFrame(
        {"row": at, "group": numbers, **{item: held.values[item].gather(at) for item in items}}
    )


def _rows_of(frame: pl.DataFrame) -> Rows:
    """The rows in a frame, in order."""
    return frame["row"].sort().to_numpy().astype(np.int32)


def _code_places(held: Held, item: str, codes: tuple[str, ...]) -> list[int | str]:
    """Codes as they stand in the held column of an item: by place, if the item has a value set."""
    known = held.table.items[item]
    if not is_coded(known, held.data_set):
        return list(codes)
    places = list(held.data_set.value_sets[known.value_set or ""].codes)
    return [places.index(code) for code in codes]


@across_kind
def no_overlap(rule: Rule, held: Held, _others: Mapping[str, Held]) -> Rows:
    """The periods of one group do not overlap; an open end lasts for ever. Both break the rule."""
    said = rule.settings
    start, end = pl.col(said["start"]), pl.col(said["end"])
    spare = timedelta(days=0 if said["allow_touch"] else 1)
    frame = (
        _grouped(rule, held, said["start"], said["end"])
        .filter(start.is_not_null() & (end.is_null() | (end >= start)))
        .with_columns(until=end.fill_null(pl.date(9999, 12, 30)) + spare)
        .sort("group", said["start"], "until")
    )
    before = pl.col("until").cum_max().shift(1).over("group")
    after = start.shift(-1).over("group")
    return _rows_of(frame.filter((start < before) | (after < pl.col("until"))))


@across_kind
def complete_set(rule: Rule, held: Held, _others: Mapping[str, Held]) -> Rows:
    """Each group has a record for every one of the codes."""
    said = rule.settings
    wanted = _code_places(held, said["item"], said["values"])
    frame = _grouped(rule, held, said["item"])
    known = pl.col(said["item"]).is_in(wanted)
    present = pl.col(said["item"]).filter(known).n_unique().over("group")
    return _rows_of(frame.filter(present < len(wanted)))


@across_kind
def sum_equals(rule: Rule, held: Held, _others: Mapping[str, Held]) -> Rows:
    """In each group the values add up to the value of the total, where there is a total."""
    said = rule.settings
    total = _code_places(held, said["member"], (said["total"],))[0]
    frame = _grouped(rule, held, said["value"], said["member"])
    value, is_total = pl.col(said["value"]), pl.col(said["member"]) == total
    parts = value.filter(~is_total).sum().over("group")
    stated = value.filter(is_total).first().over("group")
    unread = value.is_null().any().over("group")
    return _rows_of(frame.filter((stated != parts) & ~unread))


def item_of(rule: Rule) -> str | None:
    """The item a finding of such a rule is put down to."""
    if rule.kind == "reconcile":
        return str(rule.settings["item"])
    for setting in ("items", "via", "group_by"):
        if setting in rule.settings:
            return str(rule.settings[setting][0])
    return None
