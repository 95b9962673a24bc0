"""Plant faults in a synthetic day, and say exactly what should be found.

Each fault has a person, or a group of an aggregate table, to itself, so that none hides another.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from portal.specification.model import ItemType, Table
from portal.specification.reference import assessments, organisations, postcodes
from portal.specification.synthesis.counting import recounted
from portal.specification.synthesis.day import World, with_aggregates
from portal.specification.synthesis.draws import uniform
from portal.specification.synthesis.expecting import Found, Records, Row, rejects
from portal.specification.synthesis.faults import break_item, break_rule
from portal.specification.synthesis.judging import judge
from portal.specification.synthesis.sheets import Sheet
from portal.specification.synthesis.sites import Site
from portal.specification.synthesis.targets import Target, targets_of
from portal.specification.synthesis.writing import as_text

_TRIES, _TRIES_ALONE = 40, 2_000


@dataclass(frozen=True)
class Planted:
    """A finding to be made: table, physical line, item, code; or a row lost with its parent."""

    table: str
    line: int
    item: str
    code: str
    cascade_of: str = ""

    def row(self) -> tuple[str, int, str, str, str]:
        """The finding as a row of `planted.csv`."""
        return (self.table, self.line, self.item, self.code, self.cascade_of)


@dataclass
class Planting:
    """The sheets of a day, who is still without a fault, and what has been planted."""

    world: World
    sheets: dict[str, Sheet]
    known: dict[str, frozenset[str]]
    order: np.ndarray[tuple[int], np.dtype[np.int64]]
    used: set[int] = field(default_factory=set)
    tries: int = _TRIES
    found: list[Found] = field(default_factory=list)
    lost: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def header(self) -> Row:
        """The header's row."""
        return self.sheets[self.world.data_set.header.name].rows(0, 1)[0]

    def records_of(self, episode: int) -> Records:
        """The records of one person."""
        rows = {}
        for name, making in self.world.rows.items():
            first, last = np.searchsorted(making.episode, [episode, episode + 1])
            rows[name] = self.sheets[name].rows(int(first), int(last))
        return Records(self.world.data_set, self.header, rows, self.known)


def plant(
    world: World, share: float, only: str = ""
) -> tuple[dict[str, pl.DataFrame], list[Planted]]:
    """The day's tables as text, with faults, and all findings they must lead to.

    `share` of the people get one fault each; every kind of fault comes before any comes twice. With
    `only` a single fault is planted, of the rule of that code.
    """
    data_set = world.data_set
    sheets = {name: Sheet(as_text(frame)) for name, frame in world.made.items()}
    order = np.argsort(uniform(world.episodes.key, "fault"))
    tries = _TRIES_ALONE if only else _TRIES
    planting = Planting(world, sheets, known_codes(), order, tries=tries)
    wanted = 1 if only else max(1, round(share * len(world.episodes)))
    targets = [one for one in targets_of(data_set) if (one.code == only if only else one.among)]
    turn = 0
    groups: dict[str, set[tuple[str | None, ...]]] = {}
    aggregate = [one for one in targets[: wanted * 2] if one.table.aggregate]
    people = [one for one in targets if not one.table.aggregate]
    while people and len(planting.used) < wanted and turn < wanted * 2:
        _plant_in_person(planting, people[turn % len(people)])
        turn += 1
    frames = accepted(planting)
    counted = with_aggregates(world, frames)
    for table in data_set.order:
        if table.aggregate:
            sheets[table.name] = Sheet(as_text(counted[table.name]))
    _plant_in_aggregates(planting, aggregate, groups, frames)
    whole = {table.name: sheets[table.name].whole() for table in data_set.order}
    return whole, _planted(planting)


def known_codes() -> dict[str, frozenset[str]]:
    """The codes of the reference data shipped with the specification."""
    rows = organisations()
    return {
        "organisations": frozenset(row["code"] for row in rows),
        "sites": frozenset(row["code"] for row in rows if row["kind"] == "site"),
        "postcodes": frozenset(row["postcode"] for row in postcodes()),
        "assessments": frozenset(row["code"] for row in assessments()),
    }


def _break(site: Site, target: Target) -> bool:
    if target.rule is None:
        return break_item(site, target.item, target.letter)
    return break_rule(site, target.rule)


def _plant_in_person(planting: Planting, target: Target) -> None:
    """Plant a fault in the first of a few people in whom it can be planted."""
    episodes = planting.world.rows[target.table.name].episode
    tried = 0
    present = np.isin(planting.order, episodes)
    for episode in planting.order[present].tolist():
        if episode in planting.used:
            continue
        tried += 1
        if tried > planting.tries:
            return
        records = planting.records_of(episode)
        place = next(iter(records.rows[target.table.name]))
        site = Site(records, target.table, place)
        if not _break(site, target):
            continue
        _settle_added(planting, site)
        found, lost = judge(records)
        if any(one.code == target.code for one in found):
            planting.used.add(episode)
            planting.found += found
            planting.lost |= lost
            _keep(planting, site)
            return


def _settle_added(planting: Planting, site: Site) -> None:
    for name, rows in site.added.items():
        sheet = planting.sheets[name]
        first = sheet.frame.height + len(sheet.added)
        site.records.rows[name].update(dict(enumerate(rows, start=first)))


def _keep(planting: Planting, site: Site) -> None:
    """Take what was changed at a site into the sheets."""
    for name, places in site.records.rows.items():
        sheet = planting.sheets[name]
        sheet.changed.update({at: row for at, row in places.items() if at < sheet.frame.height})
    for name, rows in site.added.items():
        planting.sheets[name].added += rows
    for name, place in site.dropped:
        planting.sheets[name].dropped.add(place)


def accepted(planting: Planting) -> dict[str, pl.DataFrame]:
    """The records that should be accepted, typed."""
    data_set = planting.world.data_set
    gone = {(one.table, one.place) for one in planting.found if rejects(data_set, one)}
    gone |= planting.lost.keys()
    frames = {}
    for name in planting.world.made:
        sheet = planting.sheets[name]
        rows = [at for at, place in enumerate(sheet.kept()) if (name, place) not in gone]
        frames[name] = typed_frame(data_set.tables[name], sheet.whole()[rows])
    return frames


def typed_frame(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The text of a table as dates and times, null where it cannot be read."""
    columns = []
    for name, item in table.items.items():
        column = pl.col(name)
        if item.type is ItemType.DATE:
            column = column.str.to_date("%Y-%m-%d", strict=False)
        elif item.type is ItemType.TIME:
            column = column.str.to_time("%H:%M:%S", strict=False)
        columns.append(column)
    return frame.select(columns)


def _plant_in_aggregates(
    planting: Planting,
    targets: list[Target],
    groups: dict[str, set[tuple[str | None, ...]]],
    frames: dict[str, pl.DataFrame],
) -> None:
    """Plant faults in groups of the aggregate tables, one in each, and judge all at the end."""
    data_set = planting.world.data_set
    tables = [table for table in data_set.order if table.aggregate]
    sheets = {table.name: planting.sheets[table.name] for table in tables}
    rows = {name: sheet.rows(0, sheet.frame.height) for name, sheet in sheets.items()}
    derived = {
        (table.name, place): int(row[_counted(table)] or 0)
        for table in tables
        for place, row in rows[table.name].items()
    }
    records = Records(data_set, planting.header, rows, planting.known, derived)
    for target in targets:
        place = _free_group(target.table, rows[target.table.name], groups)
        if place is None:
            continue
        site = Site(records, target.table, place)
        if _break(site, target):
            _settle_added(planting, site)
        if target.group == "in_period":
            derived[target.table.name, place] = recounted(data_set, target.table, site.row, frames)
        _keep(planting, site)
    found, lost = judge(records)
    planting.found += found
    planting.lost |= lost


def _counted(table: Table) -> str:
    """The item of an aggregate table that a measure is held against."""
    return next(str(rule.settings["item"]) for rule in table.rules if rule.kind == "reconcile")


def _free_group(
    table: Table, rows: dict[int, Row], groups: dict[str, set[tuple[str | None, ...]]]
) -> int | None:
    taken = groups.setdefault(table.name, set())
    for place, row in rows.items():
        group = tuple(row[name] for name in table.key[:2])
        if group not in taken:
            taken.add(group)
            return place
    return None


def _planted(planting: Planting) -> list[Planted]:
    lines = {name: sheet.lines() for name, sheet in planting.sheets.items()}
    found = [
        Planted(one.table, lines[one.table][one.place], one.item, one.code)
        for one in planting.found
    ]
    lost = [
        Planted(table, lines[table][place], "", "", root)
        for (table, place), root in planting.lost.items()
    ]
    return found + lost
