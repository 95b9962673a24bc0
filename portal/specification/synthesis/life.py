"""The caseload of a made-up provider: who is on it on a day, since when, seen when, until when.

A provider has as many places as it has patients. A place holds one episode of care after
another, so that any two days tell one story.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from portal.specification.synthesis.draws import (
    Keys,
    Numbers,
    Shares,
    between,
    chosen,
    mixed,
    salt,
    skewed,
    uniform,
)

_EPOCH = date(1970, 1, 1)
_BEGINNING = (date(2021, 1, 1) - _EPOCH).days
_PLACES = 100_000
_PEOPLE = 9_999_998
_STRIDE = 6_180_339
_WEEK = 7
_THURSDAY = 3


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - _EPOCH).days


def weekday(days: Numbers) -> Numbers:
    """The day of the week, Monday 0."""
    return (days + _THURSDAY) % _WEEK


@dataclass(frozen=True)
class Episodes:
    """Episodes of care: a key for draws, a serial number of the person, dates and labels."""

    key: Keys
    serial: Numbers
    dates: Mapping[str, Numbers]
    labels: Mapping[str, np.ndarray[Any, np.dtype[np.str_]]]

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True)
class _Places:
    """Places of one pathway and the episode each of them holds."""

    key: Keys
    place: Numbers
    turn: Numbers
    received: Numbers
    seen: Numbers
    ends: Numbers

    def where(self, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> "_Places":
        return _Places(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))


def caseload(life: Mapping[str, Any], seed: int, provider: str, day: date, size: int) -> Episodes:
    """The episodes open on a day, those that end on it included, in the order of their places."""
    places = np.arange(size, dtype=np.int64)
    world = salt(seed, provider)
    pathways = life["pathways"]
    which = chosen(
        mixed(places.astype(np.uint64), world), [one["share"] for one in pathways.values()], "path"
    )
    parts = [
        (name, _open_on(pathway, world, places[which == index], day_number(day)))
        for index, (name, pathway) in enumerate(pathways.items())
    ]
    return _episodes(life, parts, provider, day, size)


def _open_on(pathway: Mapping[str, Any], world: np.uint64, places: Numbers, day: int) -> _Places:
    """The episodes of these places that are open on the day, found by living through all before."""
    found: list[_Places] = []
    turn = 0
    begins = np.full(len(places), _BEGINNING, dtype=np.int64)
    while len(places):
        held = _episode(pathway, world, places, turn, begins)
        found.append(held.where((held.received <= day) & (held.ends >= day)))
        going_on = held.ends <= day
        places, begins, turn = places[going_on], held.ends[going_on], turn + 1
    names = _Places.__dataclass_fields__
    empty = {name: np.empty(0, np.uint64 if name == "key" else np.int64) for name in names}
    return _Places(
        *(np.concatenate([empty[name], *(getattr(one, name) for one in found)]) for name in names)
    )


def _episode(
    pathway: Mapping[str, Any], world: np.uint64, places: Numbers, turn: int, begins: Numbers
) -> _Places:
    key = mixed(mixed(places.astype(np.uint64), world), salt("turn", turn))
    received = begins
    seen = received + skewed(key, pathway["wait"], "wait")
    if pathway["weekdays"]:
        seen = _on_weekdays(seen, key, "seen")
    ends = np.maximum(seen + skewed(key, pathway["care"], "care"), received + 1)
    ends = _on_weekdays(ends, key, "ends")
    turns = np.full(len(places), turn, dtype=np.int64)
    return _Places(key, places, turns, received, seen, ends)


def _on_weekdays(days: Numbers, keys: Keys, what: str) -> Numbers:
    """Days of which most weekends are moved to the week that follows."""
    weekend = (weekday(days) > 4) & (uniform(keys, what, "weekend") < 0.85)  # noqa: PLR2004
    return np.asarray(np.where(weekend, days + between(keys, 2, 4, what, "moved"), days))


def _episodes(
    life: Mapping[str, Any],
    parts: list[tuple[str, _Places]],
    provider: str,
    day: date,
    size: int,
) -> Episodes:
    columns = {
        name: np.concatenate([getattr(one, name) for _, one in parts])
        for name in _Places.__dataclass_fields__
    }
    pathway = np.concatenate([np.full(len(one.key), name) for name, one in parts])
    order = np.lexsort((columns["turn"], columns["place"]))
    held = {name: column[order] for name, column in columns.items()}
    key, today = held["key"], day_number(day)
    born = _born(life, key, pathway[order], held["received"])
    dates = {
        "born": born,
        "received": held["received"],
        "seen": held["seen"],
        "ends": held["ends"],
        "ready": np.maximum(held["seen"], held["ends"] - skewed(key, life["ready"], "ready")),
        "day": np.full(len(key), today, dtype=np.int64),
    }
    died = (uniform(key, "died") < life["died"]) & (held["ends"] == today)
    labels = {
        "pathway": pathway[order],
        "age": np.where(_is_adult(born, day), "A", "CYP"),
        "progress": _progress(dates, today),
        "end": np.where(died, "died", np.where(held["ends"] == today, "discharged", "open")),
        "fit": np.where(dates["ready"] <= today, "N", "Y"),
    }
    return Episodes(key, _serial(held["place"], held["turn"], provider, size), dates, labels)


def _progress(dates: Mapping[str, Numbers], today: int) -> np.ndarray[Any, np.dtype[np.str_]]:
    seen = np.where(dates["seen"] == today, "first", "later")
    return np.asarray(np.where(dates["seen"] > today, "waiting", seen))


def _born(
    life: Mapping[str, Any],
    key: Keys,
    pathway: np.ndarray[Any, np.dtype[np.str_]],
    received: Numbers,
) -> Numbers:
    """Days of birth: a band of ages by weight, a day within the band; inpatients are older."""
    born = np.empty(len(key), dtype=np.int64)
    for name, one in life["pathways"].items():
        mask = pathway == name
        lowest = np.array([band[0] for band in one["ages"]])
        width = np.array([band[1] - band[0] for band in one["ages"]])
        band = chosen(key[mask], [band[2] for band in one["ages"]], "band")
        years: Shares = lowest[band] + width[band] * uniform(key[mask], "age")
        born[mask] = received[mask] - 31 - (years * 365.25).astype(np.int64)
    return born


def _is_adult(born: Numbers, day: date) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether people are 18 or older on the day."""
    latest = date(day.year - 18, day.month, day.day) if (day.month, day.day) != (2, 29) else None
    latest = latest or date(day.year - 18, 2, 28)
    return np.asarray(born <= day_number(latest))


def _serial(place: Numbers, turn: Numbers, provider: str, size: int) -> Numbers:
    """A number from 1 to 9,999,998 for each person, unique on any one day of a provider."""
    places = max(size, _PLACES)
    person = place + places * (turn % max(1, _PEOPLE // places))
    return 1 + (person * _STRIDE + int(salt(provider) % np.uint64(_PEOPLE))) % _PEOPLE
