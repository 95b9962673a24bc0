"""Make the files of one provider and one day."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from portal.specification.errors import SpecificationError
from portal.specification.loading import DATA_SETS
from portal.specification.model import Table
from portal.specification.reference import organisations
from portal.specification.synthesis.counting import count
from portal.specification.synthesis.draws import Numbers, chosen, mixed, salt, uniform
from portal.specification.synthesis.life import Episodes, caseload, day_number, weekday
from portal.specification.synthesis.making import make
from portal.specification.synthesis.rows import Making
from portal.specification.whole import DataSet


@dataclass(frozen=True)
class Wanted:
    """What is wanted: whose day, how many people on the caseload, which chance."""

    provider: str
    day: date
    patients: int
    seed: int
    contacts: int | None = None


def read_recipes(data_set: DataSet) -> dict[str, Any]:
    """How to make up records of a data set."""
    return tomllib.loads((DATA_SETS / data_set.name / "synthesis.toml").read_text("utf-8"))


@dataclass(frozen=True)
class World:
    """Everything made so far for one provider and day."""

    data_set: DataSet
    wanted: Wanted
    recipes: Mapping[str, Any]
    episodes: Episodes
    made: dict[str, pl.DataFrame]
    rows: dict[str, Making]

    @property
    def today(self) -> int:
        """The day, in days since 1970."""
        return day_number(self.wanted.day)


def synthesise(data_set: DataSet, wanted: Wanted) -> World:
    """Typed frames of every table but the aggregate ones, parents first.

    Raises SpecificationError for a provider the reference data does not know.
    """
    known = {row["code"] for row in organisations() if row["kind"] == "provider"}
    if wanted.provider not in known:
        raise SpecificationError(f"organisations.csv: provider: there is no {wanted.provider!r}")
    recipes = read_recipes(data_set)
    episodes = caseload(recipes["life"], wanted.seed, wanted.provider, wanted.day, wanted.patients)
    header = {data_set.header.name: _header(data_set, wanted)}
    world = World(data_set, wanted, recipes, episodes, header, {})
    for table in data_set.order:
        if table is not data_set.header and not table.aggregate:
            world.rows[table.name] = _making(world, table)
            world.made[table.name] = world.rows[table.name].frame()
    return world


def with_aggregates(world: World, frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The world's frames, and the aggregate tables counted from the frames given."""
    whole = dict(world.made)
    for table in world.data_set.order:
        if table.aggregate:
            whole[table.name] = _aggregate(world, table, frames).frame()
    return {table.name: whole[table.name] for table in world.data_set.order}


def _aggregate(world: World, table: Table, frames: Mapping[str, pl.DataFrame]) -> Making:
    data_set, wanted = world.data_set, world.wanted
    recipe = world.recipes["tables"][table.name]
    counted = count(data_set, data_set.measures[recipe["rows"]["measure"]], frames, wanted.day)
    places = np.arange(counted.height, dtype=np.int64)
    key = mixed(places.astype(np.uint64), salt(wanted.seed, table.name))
    nobody = np.zeros_like(places)
    return Making(
        data_set=data_set,
        table=table,
        provider=wanted.provider,
        today=world.today,
        episodes=Episodes(key, nobody, {"day": nobody + world.today}, {}),
        episode=places,
        key=key,
        nth=nobody,
        row_of={},
        made=world.made,
        recipes=recipe.get("items", {}),
        make=make,
        count=counted,
    )


def _header(data_set: DataSet, wanted: Wanted) -> pl.DataFrame:
    roles = data_set.roles
    values = {
        roles.version: data_set.version,
        roles.provider: wanted.provider,
        roles.submitter: wanted.provider,
        roles.start: wanted.day,
        roles.end: wanted.day,
        roles.created: datetime.combine(wanted.day + timedelta(days=1), time(2, 15)),
    }
    return pl.DataFrame({name: [values.get(name, "Synthetic")] for name in data_set.header.items})


def _making(world: World, table: Table) -> Making:
    nothing = {"rows": {"each": "episode", "share": 0}}
    recipe = world.recipes["tables"].get(table.name, nothing)
    how, episodes = recipe["rows"], world.episodes
    if "of" in how:
        parent = world.rows[how["of"]]
        places, nth = _below(parent, table, how)
        episode, key = parent.episode[places], parent.key[places]
        row_of = {name: held[places] for name, held in parent.row_of.items()}
        row_of[how["of"]] = places
    else:
        episode, nth = _of_episodes(world, table, how)
        key = episodes.key[episode]
        tables = world.recipes["tables"]
        whole = (name for name in world.rows if tables[name]["rows"] == {"each": "episode"})
        row_of = dict.fromkeys(whole, episode)
    story = (table.name, world.wanted.day) if how.get("daily") else (table.name,)
    return Making(
        data_set=world.data_set,
        table=table,
        provider=world.wanted.provider,
        today=world.today,
        episodes=episodes,
        episode=episode,
        key=mixed(mixed(key, salt(*story)), nth),
        nth=nth,
        row_of=row_of,
        made=world.made,
        recipes=recipe.get("items", {}),
        make=make,
    )


def _below(parent: Making, table: Table, how: Mapping[str, Any]) -> tuple[Numbers, Numbers]:
    """Which rows of the parent have rows of the table, and the number of each among them."""
    has = uniform(parent.key, table.name, "share") < how.get("share", 1)
    for condition in how.get("when", []):
        has &= parent.meets(condition)
    places = np.flatnonzero(has)
    several = 1 + chosen(parent.key[places], how.get("several", [1]), table.name, "several")
    return _repeated(places, several)


def _repeated(places: Numbers, several: Numbers) -> tuple[Numbers, Numbers]:
    first = np.repeat(np.cumsum(several) - several, several)
    return np.repeat(places, several), np.arange(int(several.sum())) - first


def _of_episodes(world: World, table: Table, how: Mapping[str, Any]) -> tuple[Numbers, Numbers]:
    """Which episodes have rows of the table, and the number of each among them."""
    episodes = world.episodes
    places = np.arange(len(episodes))
    if how["each"] == "contact":
        return _repeated(places, _visits(world))
    has = uniform(episodes.key, table.name, world.wanted.day, "share") < how.get("share", 1)
    for condition in how.get("when", []):
        has &= np.isin(episodes.labels[condition["label"]], condition["in"])
    return _repeated(places[has], np.ones(int(has.sum()), dtype=np.int64))


def _visits(world: World) -> Numbers:
    """How many contacts each episode has on the day, those missed included."""
    episodes, life, wanted = world.episodes, world.recipes["life"], world.wanted
    progress = episodes.labels["progress"]
    if wanted.contacts is not None:
        seen = np.flatnonzero(progress != "waiting")
        visits = np.zeros(len(episodes), dtype=np.int64)
        visits[seen] = wanted.contacts // max(1, len(seen))
        visits[seen[: wanted.contacts % max(1, len(seen))]] += 1
        return visits
    rates = {name: one["contacts_a_day"] for name, one in life["pathways"].items()}
    rate = np.vectorize(rates.__getitem__, otypes=[float])(episodes.labels["pathway"])
    rate *= life["week"][int(weekday(np.array([day_number(wanted.day)]))[0])]
    rate = np.where(progress == "waiting", rate * life["missed_while_waiting"], rate)
    drawn = uniform(episodes.key, "visit", wanted.day) < rate
    return np.where(progress == "first", 1, drawn.astype(np.int64))
