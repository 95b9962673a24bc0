"""Spoil a synthetic day as a whole: one rule about the header or about the files at a time.

What must be found follows from the plain reading of the specification, asked of every record.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

import polars as pl

from portal.specification.errors import SpecificationError
from portal.specification.model import Mandation, Rule, Table
from portal.specification.synthesis.day import World, with_aggregates
from portal.specification.synthesis.expecting import Around, Found, Records, Row, rejects
from portal.specification.synthesis.faults import break_rule
from portal.specification.synthesis.judging import judge
from portal.specification.synthesis.outlook import file_rules_broken
from portal.specification.synthesis.planting import Planted, known_codes, typed_frame
from portal.specification.synthesis.sites import Site
from portal.specification.synthesis.writing import as_text
from portal.specification.whole import DataSet, FileRule

Rewrite = Callable[[bytes], bytes]
LATEST = 60
MOST = 0.6


@dataclass
class Spoilt:
    """A day with one fault of the whole: its tables, changes to bytes, and all that follows."""

    records: Records
    world: World
    without: set[str] = field(default_factory=set)
    rewrites: dict[str, Rewrite] = field(default_factory=dict)
    faults: list[Planted] = field(default_factory=list)
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)

    @property
    def data_set(self) -> DataSet:
        """The specification of the day."""
        return self.world.data_set


def around(world: World, *, live: bool = False) -> Around:
    """What the portal knows of a made-up day: its own provider sends it two days later."""
    wanted = world.wanted
    return Around(
        frozenset({wanted.provider}),
        wanted.provider,
        frozenset({world.data_set.version}),
        datetime.combine(wanted.day + timedelta(days=2), time(12)),
        live=live,
    )


def whole_rules(data_set: DataSet) -> dict[str, Rule | FileRule]:
    """Every rule that one fault of a whole submission breaks, by code."""
    rules: list[Rule | FileRule] = list(data_set.header.rules)
    rules += [one for one in data_set.file_rules if one.check in CHECKS]
    for table in data_set.order:
        rules += [rule for rule in table.rules if rule.kind == "nhs_number_range"]
    return {rule.code: rule for rule in rules}


def spoil(world: World, code: str) -> Spoilt:
    """Spoil a day so that a rule about the whole is broken, and say what must be found."""
    rule = whole_rules(world.data_set).get(code)
    if rule is None:
        raise SpecificationError(f"data_set.toml: {code}: no fault of the whole files breaks it")
    spoilt = Spoilt(_records(world, live=getattr(rule, "kind", "") == "nhs_number_range"), world)
    if isinstance(rule, FileRule):
        CHECKS[rule.check](spoilt, rule)
    else:
        _spoil_header(spoilt, rule)
    _settle(spoilt)
    return spoilt


def _records(world: World, *, live: bool) -> Records:
    """All records of a day but the aggregates, as text."""
    rows = {name: dict(enumerate(as_text(frame).to_dicts())) for name, frame in world.made.items()}
    header = rows[world.data_set.header.name][0]
    known = known_codes()
    return Records(world.data_set, header, rows, known, around=around(world, live=live))


def _spoil_header(spoilt: Spoilt, rule: Rule) -> None:
    """Break a rule of the header. The rule about live use is broken by everybody made up."""
    header = spoilt.data_set.header
    if rule.kind == "singleton":
        spoilt.records.rows[header.name][1] = dict(spoilt.records.header)
    elif rule in header.rules:
        break_rule(Site(spoilt.records, header, 0), rule)


def _settle(spoilt: Spoilt) -> None:
    """Count the aggregates, judge everything, and say what must be found."""
    records, data_set = spoilt.records, spoilt.data_set
    found, lost = judge(records)
    gone = {(one.table, one.place) for one in found if rejects(data_set, one)} | lost.keys()
    granular = {name: _frame(spoilt, name, gone) for name in spoilt.world.made}
    counted = with_aggregates(spoilt.world, granular)
    for table in data_set.order:
        if table.aggregate and table.name not in spoilt.without:
            records.rows[table.name] = dict(enumerate(as_text(counted[table.name]).to_dicts()))
    aggregates = {name: rows for name, rows in records.rows.items() if name not in granular}
    more, _ = judge(replace(records, rows=aggregates, derived=_derived(data_set, aggregates)))
    found += more
    spoilt.frames = {table.name: _written(spoilt, table) for table in data_set.order}
    spoilt.planted = [
        *spoilt.faults,
        *(_planted(spoilt, one.table, one.place, one.item, one.code) for one in found),
        *(_planted(spoilt, table, place, "", "", root) for (table, place), root in lost.items()),
        *(Planted("", 0, "", code) for code in _broken(spoilt, found, lost)),
    ]


def _broken(
    spoilt: Spoilt, found: list[Found], lost: Mapping[tuple[str, int], str]
) -> frozenset[str]:
    gone = {(one.table, one.place) for one in found if rejects(spoilt.data_set, one)}
    codes = frozenset(one.code for one in spoilt.faults)
    return file_rules_broken(spoilt.records, gone | lost.keys(), codes)


def _derived(
    data_set: DataSet, rows: Mapping[str, Mapping[int, Row]]
) -> dict[tuple[str, int], int]:
    """What the accepted records come to, for every row of an aggregate."""
    return {
        (name, place): int(row[str(rule.settings["item"])] or 0)
        for name, held in rows.items()
        for rule in data_set.tables[name].rules
        if rule.kind == "reconcile"
        for place, row in held.items()
    }


def _frame(spoilt: Spoilt, name: str, gone: set[tuple[str, int]]) -> pl.DataFrame:
    """The records of a table that stand, typed."""
    table = spoilt.data_set.tables[name]
    rows = [row for at, row in spoilt.records.rows[name].items() if (name, at) not in gone]
    return typed_frame(table, _text(table, rows))


def _text(table: Table, rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(table.items, pl.String))


def _written(spoilt: Spoilt, table: Table) -> pl.DataFrame:
    """A table as it is written; the file whose structure is spoilt still holds its records."""
    if table.name in spoilt.rewrites:
        return as_text(spoilt.world.made[table.name])
    return _text(table, list(spoilt.records.rows.get(table.name, {}).values()))


def _planted(  # noqa: PLR0913, PLR0917 a finding has this many parts
    spoilt: Spoilt, table: str, place: int, item: str, code: str, root: str = ""
) -> Planted:
    line = list(spoilt.records.rows[table]).index(place) + 2
    return Planted(table, line, item, code, root)


def _without_header(spoilt: Spoilt, _: FileRule) -> None:
    spoilt.records.rows[spoilt.data_set.header.name] = {}
    spoilt.records.header = dict.fromkeys(spoilt.data_set.header.items)


def _without_table(spoilt: Spoilt, rule: FileRule) -> None:
    spoilt.records.rows[str(rule.table)] = {}


def _leaf(spoilt: Spoilt) -> str:
    """A table that nothing else looks at, with records."""
    data_set = spoilt.data_set
    seen = {one.table for one in data_set.measures.values()}
    seen |= {
        rule.settings["table"]
        for table in data_set.order
        for rule in table.rules
        if rule.kind == "has_child"
    }
    return next(
        name
        for name, rows in spoilt.records.rows.items()
        if rows
        and name not in seen
        and name != data_set.header.name
        and not data_set.children(name)
    )


def _rewrite(spoilt: Spoilt, rewrite: Rewrite, code: str, line: int) -> None:
    """Spoil the bytes of one file: none of its records is judged any more."""
    name = _leaf(spoilt)
    spoilt.rewrites[name] = rewrite
    spoilt.faults.append(Planted(name, line, "", code))
    spoilt.records.rows[name] = {}


def _with_a_strange_column(spoilt: Spoilt, _: FileRule) -> None:
    """A column is sent twice."""
    _rewrite(spoilt, _twice, "duplicate-column", 1)


def _twice(data: bytes) -> bytes:
    first = data.split(b",", 1)[0]
    lines = data.splitlines()
    return b"".join(b"%s,%s\n" % (line, first if at == 0 else b"") for at, line in enumerate(lines))


def _with_a_long_record(spoilt: Spoilt, _: FileRule) -> None:
    """The first record has a field too many."""
    _rewrite(spoilt, lambda data: data.replace(b"\n", b"\n,", 1), "too-many-fields", 2)


def _long_after(spoilt: Spoilt, _: FileRule) -> None:
    """Nothing of the day happened in the period the header states."""
    header, roles = spoilt.records.header, spoilt.data_set.roles
    dates = {
        text
        for rows in spoilt.records.rows.values()
        for row in rows.values()
        for text in row.values()
        if text
    }
    days = (spoilt.world.wanted.day + timedelta(days=n) for n in range(1, LATEST))
    free = next(day.isoformat() for day in days if day.isoformat() not in dates)
    header[roles.start] = header[roles.end] = free
    header[roles.created] = f"{free}T12:00:00"


def _misform(spoilt: Spoilt, share: float) -> str:
    """Misform a mandatory date of many people; return the table to which all others lead."""
    data_set = spoilt.data_set
    table = next(one for one in data_set.order if not one.parents and data_set.children(one.name))
    item = next(
        one.name
        for one in table.items.values()
        if one.mandation is Mandation.MANDATORY and one.name not in table.key
    )
    rows = spoilt.records.rows[table.name]
    for row in list(rows.values())[: round(share * len(rows) + 0.5)]:
        row[item] = None
    return table.name


def _most_people_wrong(spoilt: Spoilt, _: FileRule) -> None:
    _misform(spoilt, MOST)


def _everybody_wrong(spoilt: Spoilt, _: FileRule) -> None:
    """Every record hangs on a person, and every person is rejected."""
    root = _misform(spoilt, 1)
    for table in spoilt.data_set.order:
        if table.aggregate:
            spoilt.without.add(table.name)
        elif not table.parents and table.name not in (root, spoilt.data_set.header.name):
            spoilt.records.rows[table.name] = {}


CHECKS: Mapping[str, Callable[[Spoilt, FileRule], None]] = {
    "header_present": _without_header,
    "table_not_empty": _without_table,
    "structure": _with_a_strange_column,
    "encoding": _with_a_long_record,
    "no_rows_in_period": _long_after,
    "all_rows_rejected": _everybody_wrong,
    "reject_threshold": _most_people_wrong,
}
