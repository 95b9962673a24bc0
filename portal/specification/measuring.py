"""The kinds of measure and chart, and what each must be told."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from portal.specification import settings as read
from portal.specification.kinds import Kind
from portal.specification.operands import Condition
from portal.specification.scope import Scope, check_keys


@dataclass(frozen=True)
class Clock:
    """Rows of another table that start and stop the waiting clock of a row."""

    table: str
    via: tuple[str, ...]
    start: str
    end: str
    status: str
    stops: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """Rows of another table that belong to a row and meet the conditions, with their date."""

    table: str
    via: tuple[str, ...]
    where: tuple[Condition, ...]
    date: str | None


@dataclass(frozen=True)
class DischargeCodes:
    """The codes under which the discharge measure counts."""

    no_longer: str
    remaining: str
    discharged: str
    early: str
    late: str


def clock(scope: Scope, said: Mapping[str, Any]) -> Clock:
    """A waiting clock in another table."""
    keys = frozenset({"table", "via", "start", "end", "status", "stops"})
    check_keys(scope, said, keys, frozenset())
    there = scope.of(scope.known_table(said["table"]))
    return Clock(
        there.table,
        read.items(there, said["via"]),
        read.item(there, said["start"]),
        read.item(there, said["end"]),
        read.item(there, said["status"]),
        read.texts(there, said["stops"]),
    )


def link(scope: Scope, said: Mapping[str, Any]) -> Link:
    """Rows of another table that belong to a row."""
    check_keys(scope, said, frozenset({"table", "via"}), frozenset({"where", "date"}))
    there = scope.of(scope.known_table(said["table"]))
    return Link(
        there.table,
        read.items(there, said["via"]),
        read.conditions(there, said.get("where", [])),
        read.item(there, said["date"]) if "date" in said else None,
    )


def splits(scope: Scope, said: Mapping[str, Any]) -> dict[str, str]:
    """Columns of the result, each with the column of the table it is taken from."""
    return {name: scope.known_column(one) for name, one in read.mapping(scope, said).items()}


def discharge_codes(scope: Scope, said: Mapping[str, Any]) -> DischargeCodes:
    """A code for each thing the discharge measure counts."""
    names = [one.name for one in fields(DischargeCodes)]
    check_keys(scope, said, frozenset(names), frozenset())
    return DischargeCodes(*(read.text(scope, said[name]) for name in names))


def longer_stays(scope: Scope, said: Mapping[str, Any]) -> dict[str, int]:
    """Codes, each with the number of days from which a stay counts under it."""
    return {code: read.whole(scope, days) for code, days in said.items()}


_DAY = {"day": (read.text, "Day")}
_SPLITS = {"splits": (splits, {}), **_DAY}
_WHERE = {"where": (read.conditions, ()), "linked": (link, None)}

MEASURE_KINDS: Mapping[str, Kind] = {
    "waiting_list": Kind(
        {
            "received": read.operand,
            "ended": read.operands,
            "died": read.operand,
            "clock": clock,
            "seen": link,
            "splits": splits,
            "band": read.text,
            "bands": read.value_set,
            "total": read.text,
        },
        _DAY,
    ),
    "count_by_day": Kind({"date": read.column, "distinct": read.items}, {**_SPLITS, **_WHERE}),
    "open_on_day": Kind(
        {"start": read.column, "ends": read.columns, "distinct": read.items},
        {**_SPLITS, **_WHERE},
    ),
    "percent_within": Kind({"date": read.column, "met": read.condition}, {**_SPLITS, **_WHERE}),
    "discharge": Kind(
        {
            "admitted": read.item,
            "discharged": read.item,
            "adults": read.condition,
            "excluding": read.condition,
            "early": read.condition,
            "late": read.condition,
            "status": link,
            "metric": read.text,
            "codes": discharge_codes,
            "longer_stays": longer_stays,
            "splits": splits,
        },
        _DAY,
    ),
    "timeliness": Kind(),
    "quality": Kind(),
}

WITHOUT_TABLE = frozenset({"timeliness", "quality"})
CHART_KINDS = frozenset({"bars", "columns", "control_chart", "line", "tiles"})
CHART_SPANS = frozenset({"latest", "day", "week", "month"})
CHART_DIRECTIONS = frozenset({"up", "down", "neutral"})
