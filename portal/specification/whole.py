"""The whole of one version of a data set specification, and what applies to all its tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from portal.specification.model import Reference, Severity, Table, ValueSet


@dataclass(frozen=True)
class HeaderRoles:
    """Which items of the header say what: the portal reads them by role, not by name."""

    version: str
    provider: str
    submitter: str
    start: str
    end: str
    created: str


@dataclass(frozen=True)
class Limits:
    """How large a submission may be. Bytes, rows, columns."""

    sent_bytes: int
    unpacked_bytes: int
    ratio: int
    ratio_after_bytes: int
    rows: int
    line_bytes: int
    cell_bytes: int
    columns: int
    files: int


@dataclass(frozen=True)
class AgeGroup:
    """A named group of ages, both ends included, in whole years."""

    label: str
    lowest: int
    highest: int


@dataclass(frozen=True)
class Ages:
    """How ages are grouped before they leave."""

    groups: tuple[AgeGroup, ...]
    band_years: int
    top_code: int
    oldest: int


@dataclass(frozen=True)
class Disclosure:
    """How alike persons must be: the share with fewer than so many alike stays under the bar."""

    fewest_alike: int
    most_percent: float


@dataclass(frozen=True)
class FileRule:
    """A rule about the files as a whole, asked before or after any row is judged."""

    code: str
    check: str
    severity: Severity
    message: str
    fix: str
    basis: str | None
    verified: bool
    table: str | None
    threshold_percent: int | None
    skipped_if_aggregate_only: bool


@dataclass(frozen=True)
class Quality:
    """What the data quality report measures: VODIM letters, default thresholds, targets.

    An item whose score reaches `target_score` (of 100) counts as good.
    """

    vodim: Mapping[str, str]
    default_threshold_percent: float
    target_score: float
    threshold_percent: Mapping[str, float]
    timeliness_target_hours: int


@dataclass(frozen=True)
class Measure:
    """Something counted from the records, for a provider and a day."""

    name: str
    title: str
    description: str
    kind: str
    table: str | None
    unit: str
    settings: Mapping[str, Any]
    verified: bool


@dataclass(frozen=True)
class Chart:
    """How a measure is drawn; `direction` is what is good, `codes` are those that stand out."""

    name: str
    title: str
    kind: str
    measure: str
    by: str | None
    over: str
    target: float | None
    caption: str
    direction: str = "neutral"
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """What one version changed in a table of the version before."""

    table: str
    change: str


@dataclass(frozen=True)
class DataSet:
    """One version of a data set specification."""

    name: str
    version: str
    title: str
    status: str
    basis: str
    effective_from: date
    effective_to: date
    supersedes: str | None
    roles: HeaderRoles
    tables: Mapping[str, Table]
    value_sets: Mapping[str, ValueSet]
    file_rules: tuple[FileRule, ...]
    limits: Limits
    ages: Ages
    disclosure: Disclosure
    quality: Quality
    measures: Mapping[str, Measure]
    charts: Mapping[str, Chart]
    changes: tuple[Change, ...]
    digest: str

    @property
    def header(self) -> Table:
        """The table that says whose files these are and for which period."""
        return next(table for table in self.tables.values() if self.roles.start in table.items)

    @property
    def order(self) -> tuple[Table, ...]:
        """The tables, parents before their children."""
        return tuple(self.tables.values())

    @cached_property
    def _paths(self) -> dict[tuple[str, str], tuple[Reference, ...]]:
        """The shortest way along references from each table to each of its ancestors."""
        paths: dict[tuple[str, str], tuple[Reference, ...]] = {}
        for table in self.order:
            for reference in table.parents:
                paths[table.name, reference.table] = (reference,)
            for reference in table.parents:
                for (start, end), onward in list(paths.items()):
                    if start == reference.table:
                        paths.setdefault((table.name, end), (reference, *onward))
        return paths

    def path(self, table: str, ancestor: str) -> tuple[Reference, ...]:
        """The references from a table to its ancestor. Raises KeyError if none lead there."""
        return self._paths[table, ancestor]

    def children(self, table: str) -> tuple[Table, ...]:
        """The tables whose rows refer to this table."""
        return tuple(
            child for child in self.order if any(link.table == table for link in child.parents)
        )
