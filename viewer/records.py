"""Pages of the records of the provider in scope: fifty rows, newest first, with filters."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import QueryDict

from portal.scope import RECORDS
from portal.specification import Code, DataSet, SentColumn, Table
from viewer.display import token_of
from viewer.models import RECORD_MODELS, Record, columns_of
from viewer.patients import patient_table

PAGE = 50
MOST_CHOICES = 60
FILTERS = 6
SHORT = 10
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Cell:
    """What one cell shows, and what its code is when it shows the words for it."""

    text: str
    code: str = ""
    kind: str = "text"


@dataclass(frozen=True)
class Line:
    """One row of a page: its cells, and the display pseudonym of its patient."""

    cells: tuple[Cell, ...]
    token: str


@dataclass(frozen=True)
class Choice:
    """A filter of a page: a column with codes to choose from."""

    name: str
    title: str
    codes: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True)
class Page:
    """A page of records, without the columns that are empty in every row of it."""

    columns: tuple[SentColumn, ...]
    lines: tuple[Line, ...]
    after: int | None
    more: bool
    hidden: int = 0


@dataclass(frozen=True)
class Asked:
    """What a page is asked for: filters by column, and the row after which it begins."""

    chosen: Mapping[str, str]
    before: int | None = None

    @property
    def digest(self) -> str:
        """The filters as the trail keeps them: which columns, not which values."""
        return ",".join(sorted(self.chosen)) or "none"


def tables_of(data_set: DataSet) -> list[Table]:
    """Return the tables that hold records of people, in the order of the specification."""
    header = data_set.header.name
    return [table for table in data_set.order if not table.aggregate and table.name != header]


def read_asked(data_set: DataSet, table: Table, query: QueryDict) -> Asked:
    """Return what an address asks for; what makes no sense is as if it were not there."""
    before = query.get("after", "")
    chosen = {
        column.name: query.get(column.name, "")
        for column in filters_of(data_set, table)
        if query.get(column.name, "") in _codes(data_set, column)
    }
    return Asked(chosen, int(before) if _NUMBER.fullmatch(before) else None)


def filters_of(data_set: DataSet, table: Table) -> list[SentColumn]:
    """Return the columns a page may be filtered by: few codes, those that are scored first."""
    columns = [
        column
        for column in columns_of(table.name).values()
        if column.value_set
        and not column.sensitive
        and len(_codes(data_set, column)) <= MOST_CHOICES
    ]
    scored = {name for name, item in table.items.items() if item.dqmi}
    return sorted(columns, key=lambda column: not scored & set(column.items))[:FILTERS]


def choices_of(data_set: DataSet, table: Table, asked: Asked) -> list[Choice]:
    """Return the filters of a page with their codes and what was chosen."""
    return [
        Choice(
            column.name,
            column.title,
            tuple(
                (one.code, one.label)
                for one in data_set.value_sets[str(column.value_set)].codes.values()
            ),
            asked.chosen.get(column.name, ""),
        )
        for column in filters_of(data_set, table)
    ]


def read_page(data_set: DataSet, table: Table, provider: str, asked: Asked) -> Page:
    """Return a page of the rows that stand, inside the provider's scope."""
    model = RECORD_MODELS[table.name]
    rows = model.objects.using(RECORDS).filter(newest=True, **asked.chosen)
    if asked.before is not None:
        rows = rows.filter(pk__lt=asked.before)
    found = list(rows.order_by("-id")[: PAGE + 1])
    shown = found[:PAGE]
    patients = patients_of(data_set, table, shown)
    columns = shown_columns(data_set, table)
    lines = tuple(
        Line(
            tuple(
                cell_of(data_set, column, getattr(row, column.name), provider) for column in columns
            ),
            token_of(provider, patients[row.pk]) if row.pk in patients else "",
        )
        for row in shown
    )
    return Page(columns, lines, shown[-1].pk if shown else None, len(found) > PAGE)


def shown_columns(data_set: DataSet, table: Table) -> tuple[SentColumn, ...]:
    """Return the columns of a page: not the patient's own, which is shown as a link."""
    patient = patient_table(data_set).sent_key[0]
    return tuple(column for column in columns_of(table.name).values() if column.name != patient)


def cell_of(data_set: DataSet, column: SentColumn, value: Any, provider: str) -> Cell:  # noqa: ANN401 - a cell of any type
    """Return what a cell shows: words for a code, a display pseudonym for a pseudonym."""
    if value is not None and column.sensitive:
        return Cell("Withheld", kind="withheld")
    match value:
        case None:
            return Cell("")
        case UUID():
            return Cell(token_of(provider, value)[:SHORT], kind="pseudonym")
        case date():
            month = column.title.endswith("month")
            return Cell(f"{value:%B %Y}" if month else f"{value:%-d %b %Y}", kind="date")
        case int():
            return Cell(f"{value:,}", kind="number")
    code = _codes(data_set, column).get(value)
    return Cell(code.label, code=value, kind="code") if code else Cell(str(value))


def _codes(data_set: DataSet, column: SentColumn) -> Mapping[str, Code]:
    """Return the codes of a column's value set; none without one."""
    values = data_set.value_sets.get(column.value_set or "")
    return values.codes if values else {}


def patients_of(data_set: DataSet, table: Table, rows: Sequence[Record]) -> dict[int, UUID]:
    """Return the patient of each row that belongs to one, following the references upwards."""
    patients = patient_table(data_set)
    keys = {row.pk: row for row in rows}
    if table.name == patients.name:
        return {pk: getattr(row, patients.sent_key[0]) for pk, row in keys.items()}
    held: dict[int, Any] = dict(keys)
    below = table
    for step in data_set.path(table.name, patients.name):
        ours, above = below.sent_name(step.items[0]), data_set.tables[step.table]
        theirs = above.sent_name(step.parent_items[0])
        links = {pk: getattr(row, str(ours)) for pk, row in held.items()}
        if above.name == patients.name:
            return {pk: link for pk, link in links.items() if link is not None}
        parents = _by(RECORD_MODELS[above.name], str(theirs), links.values())
        held = {pk: parents[link] for pk, link in links.items() if link in parents}
        below = above
    return {}


def _by(model: type[Record], column: str, values: Iterable[Any]) -> dict[Any, Record]:
    """Return the rows that stand, by a column."""
    wanted = {value for value in values if value is not None}
    rows = model.objects.using(RECORDS).filter(newest=True, **{f"{column}__in": wanted})
    return {getattr(row, column): row for row in rows}
