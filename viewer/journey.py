"""One patient's journey: every row that belongs to a display pseudonym, as a timeline."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django.db.models import Q

from portal.scope import RECORDS
from portal.specification import DataSet, SentType, Table
from viewer.display import shown
from viewer.models import RECORD_MODELS, DisplayPseudonym, Record, columns_of
from viewer.patients import patient_table
from viewer.records import cell_of, tables_of

MOST_ROWS = 500
_FOLD = 3
_MOST_WORDS = 3


@dataclass(frozen=True)
class Event:
    """One thing that happened: when, in which table, and what the row says of it."""

    day: date
    table: str
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One line of the timeline: an event, or several of the same kind in a row."""

    first: date
    last: date
    title: str
    words: str
    events: tuple[Event, ...]

    @property
    def folded(self) -> bool:
        """Whether the line stands for several events."""
        return len(self.events) > 1


@dataclass(frozen=True)
class Journey:
    """A patient's card and timeline."""

    token: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    undated: tuple[tuple[str, int], ...]
    rows: int
    cut: bool

    @property
    def name(self) -> str:
        """The display pseudonym for reading."""
        return shown(self.token)


def read_journey(data_set: DataSet, provider: str, token: str) -> Journey | None:
    """Return the journey behind a display pseudonym of the provider in scope; None if none."""
    named = DisplayPseudonym.objects.using(RECORDS).filter(token=token).first()
    if named is None:
        return None
    patients = patient_table(data_set)
    rows = _rows_of(data_set, patients, named.patient)
    card = rows.pop(patients.name, [])
    events, undated = [], []
    for name, found in rows.items():
        table = data_set.tables[name]
        dated = [event for row in found if (event := _event(data_set, table, row, provider))]
        events += dated
        if len(dated) < len(found):
            undated.append((table.title, len(found) - len(dated)))
    count = len(card) + sum(len(found) for found in rows.values())
    return Journey(
        token=token,
        facts=tuple(_facts(data_set, patients, card, provider)),
        steps=tuple(_steps(events)),
        undated=tuple(undated),
        rows=count,
        cut=count >= MOST_ROWS,
    )


def _rows_of(data_set: DataSet, patients: Table, patient: UUID) -> dict[str, list[Record]]:
    """Return the rows that belong to a patient by table, at most so many in all."""
    found: dict[str, list[Record]] = {}
    left = MOST_ROWS
    for table in tables_of(data_set):
        if table.name == patients.name:
            wanted = Q(**{patients.sent_key[0]: patient})
        else:
            wanted = _belonging(data_set, table, found)
        if not wanted:
            continue
        rows = RECORD_MODELS[table.name].objects.using(RECORDS).filter(wanted, newest=True)
        found[table.name] = list(rows.order_by("-id")[:left])
        left -= len(found[table.name])
    return {name: rows for name, rows in found.items() if rows}


def _belonging(data_set: DataSet, table: Table, found: Mapping[str, list[Record]]) -> Q:
    """Return the condition under which a row of a table belongs to rows that were found."""
    wanted = Q()
    for step in table.parents:
        ours = table.sent_name(step.items[0])
        theirs = data_set.tables[step.table].sent_name(step.parent_items[0])
        keys = {getattr(row, str(theirs)) for row in found.get(step.table, [])} - {None}
        if ours and keys:
            wanted |= Q(**{f"{ours}__in": keys})
    return wanted


def _facts(
    data_set: DataSet, table: Table, rows: Iterable[Record], provider: str
) -> Iterator[tuple[str, str]]:
    """Yield what the newest row of a patient says, in words."""
    row = next(iter(rows), None)
    for column in columns_of(table.name).values():
        value = getattr(row, column.name) if row else None
        if value is not None and column.type is not SentType.UUID:
            yield column.title, cell_of(data_set, column, value, provider).text


def _event(data_set: DataSet, table: Table, row: Record, provider: str) -> Event | None:
    """Return a row as an event on its first date; None without a date."""
    columns = columns_of(table.name).values()
    dates = [
        value
        for column in columns
        if column.type is SentType.DATE and (value := getattr(row, column.name)) is not None
    ]
    if not dates:
        return None
    cells = (cell_of(data_set, column, getattr(row, column.name), provider) for column in columns)
    said = [cell.text for cell in cells if cell.kind == "code"]
    return Event(dates[0], table.name, table.title, tuple(said[:_MOST_WORDS]))


def _steps(events: Iterable[Event]) -> Iterator[Step]:
    """Yield the timeline, oldest first; three or more of a kind in a row are one line."""
    ordered = sorted(events, key=lambda event: (event.day, event.table))
    for _, group in groupby(ordered, key=lambda event: event.table):
        together = tuple(group)
        if len(together) < _FOLD:
            for event in together:
                yield Step(event.day, event.day, event.title, ", ".join(event.words), (event,))
            continue
        yield Step(
            together[0].day,
            together[-1].day,
            f"{len(together)} × {together[0].title}",
            "",
            together,
        )
