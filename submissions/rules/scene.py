"""What a rule can see besides the record, and the registry of the kinds of rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from portal.quality_reports import QualityReport
from portal.specification import DataItem, DataSet, Rule, Table

LOCAL = ZoneInfo("Europe/London")
Periods = Mapping[str, tuple[date | None, date | None]]


class NotAsked(Exception):
    """A rule cannot be asked at all. Its text is the reason a report gives."""


@dataclass(frozen=True)
class Context:
    """What the portal knows about a submission and what the files themselves do not say.

    Reference data that is not loaded is none: the rules that need it are reported as not checked.
    A column of postcodes, which may hold millions, is in capitals without blanks.
    """

    provider: str
    authorised_providers: frozenset[str]
    submitter: str
    received_at: datetime
    versions_in_force: frozenset[str] | None = None
    organisations: Periods | None = None
    sites: Periods | None = None
    postcodes: frozenset[str] | pl.Series | None = None
    assessments: frozenset[str] | None = None
    previous: QualityReport | None = None
    production: bool = True
    periods_expected: int | None = None
    periods_accepted: int | None = None

    @property
    def received_locally(self) -> datetime:
        """When the files came, on the clocks of England, where the senders' clocks hang too."""
        return self.received_at.astimezone(LOCAL).replace(tzinfo=None)


@dataclass(frozen=True)
class Scene:
    """All that the rules of one table can see."""

    data_set: DataSet
    table: Table
    context: Context
    header: Mapping[str, date | datetime | str | None]
    missing: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    def item(self, name: str) -> DataItem:
        """An item of the table."""
        return self.table.items[name]

    def day(self, name: str) -> date | None:
        """A date of the header, if it can be read."""
        said = self.header.get(name)
        return said if isinstance(said, date) else None


RowKind = Callable[[Rule, Scene], dict[str, pl.Expr]]
ROW_KINDS: dict[str, RowKind] = {}


def row_kind(function: RowKind) -> RowKind:
    """Register a kind of rule that looks at one record, under the function's own name."""
    ROW_KINDS[function.__name__] = function
    return function
