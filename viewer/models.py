"""What the national instance holds: records as the specification sends them, counts and reports.

The record models are made from the specification: the columns of a table are the union of what
its versions send. Every table that carries a provider is behind row-level security.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast

from django.conf import settings
from django.db import models

from portal.specification import SentColumn, SentType, load_data_set, versions
from viewer.states import ArrivalState

PROVIDER_LENGTH = 12


class Row(models.Model):
    """A row that calls itself by its kind and number, never by what it holds."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Return the kind of row and its number."""
        return f"{self._meta.verbose_name} {self.pk}"


class Record(Row):
    """One row of a table as it was sent, and where it came from.

    `newest` is true for the row that stands for its history key across all submissions.
    """

    objects: ClassVar[models.Manager[Self]]

    provider = models.CharField(max_length=PROVIDER_LENGTH)
    period_end = models.DateField("reporting period to")
    transfer = models.UUIDField()
    row = models.PositiveIntegerField("row in the transfer")
    history = models.UUIDField("digest of the history key", null=True)
    newest = models.BooleanField(default=True)

    class Meta:
        abstract = True


class Slot(Row):
    """What stands for one provider and one reporting period."""

    provider = models.CharField(max_length=PROVIDER_LENGTH)
    period_start = models.DateField("reporting period from")
    period_end = models.DateField("reporting period to")
    version = models.PositiveIntegerField("version of the slot")
    key_epoch = models.PositiveIntegerField("epoch of the pseudonym key", default=1)
    withdrawn = models.BooleanField(default=False)
    transfer = models.UUIDField()
    reference = models.CharField("submission reference", max_length=20)
    data_set = models.CharField(max_length=50)
    data_set_version = models.CharField("specification version", max_length=10)
    received_at = models.DateTimeField("received from the provider")
    loaded_at = models.DateTimeField(auto_now=True)
    records = models.PositiveBigIntegerField("records loaded", default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "period_start", "period_end"], name="one_slot_per_period"
            )
        ]


class Report(Row):
    """The data quality report of one submission, accepted or not, as it arrived."""

    provider = models.CharField(max_length=PROVIDER_LENGTH)
    transfer = models.UUIDField()
    reference = models.CharField("submission reference", max_length=20)
    period_start = models.DateField("reporting period from")
    period_end = models.DateField("reporting period to")
    outcome = models.CharField(max_length=40)
    received_at = models.DateTimeField("received from the provider")
    content = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["provider", "-received_at"], name="report_by_receipt")]
        constraints = [
            models.UniqueConstraint(fields=["provider", "transfer"], name="one_report_per_transfer")
        ]


class MeasureCount(Row):
    """One figure of a measure: a provider, a day, a way of splitting, and a code of it."""

    provider = models.CharField(max_length=PROVIDER_LENGTH)
    measure = models.CharField(max_length=40)
    split = models.CharField(max_length=40)
    day = models.DateField()
    code = models.CharField(max_length=40, blank=True)
    service_line = models.CharField(max_length=10, blank=True)
    age_group = models.CharField(max_length=10, blank=True)
    value = models.FloatField()

    class Meta:
        indexes = [
            models.Index(fields=["provider", "measure", "split", "day"], name="count_by_measure"),
            models.Index(fields=["provider", "service_line"], name="count_by_line"),
        ]


class DisplayPseudonym(Row):
    """The name under which a provider's viewers see a patient, and the pseudonym behind it."""

    provider = models.CharField(max_length=PROVIDER_LENGTH)
    token = models.CharField(max_length=32)
    patient = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "token"], name="one_patient_per_token"),
            models.UniqueConstraint(fields=["provider", "patient"], name="one_token_per_patient"),
        ]


class NationalFigure(Row):
    """One figure of the fixed cubes across providers, already disclosure-controlled.

    `value` is null when the figure is suppressed; the true count is not held here.
    """

    cube = models.CharField(max_length=40)
    period = models.DateField("first day of the week or month")
    organisation = models.CharField(max_length=PROVIDER_LENGTH)
    code = models.CharField(max_length=40, blank=True)
    value = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cube", "period", "organisation", "code"], name="one_figure_per_cell"
            )
        ]


class PeerFigure(Row):
    """What one provider may see of its peers: figures without names, in rising order."""

    provider = models.CharField(max_length=PROVIDER_LENGTH)
    measure = models.CharField(max_length=40)
    period = models.DateField("first day of the month")
    group = models.CharField("everybody, or those most alike", max_length=10, default="all")
    alike = models.CharField("in what they are alike", max_length=40, blank=True)
    own = models.FloatField(null=True)
    peers = models.JSONField("peers' figures, rising")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "measure", "period", "group"],
                name="one_comparison_per_month",
            )
        ]


class Arrival(Row):
    """A transfer seen in the hand-over store; the row is the truth about its loading."""

    transfer = models.UUIDField(primary_key=True)
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.label) for state in ArrivalState],
        default=ArrivalState.PENDING,
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    fault = models.CharField("code of what was wrong", max_length=60, blank=True)
    arrived_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in ArrivalState]),
                name="arrival_state_is_known",
            )
        ]


class RowsRead(Row):
    """How many rows of records a person has been shown of one provider in one hour."""

    person = models.BigIntegerField()
    organisation = models.CharField(max_length=PROVIDER_LENGTH)
    hour = models.DateTimeField()
    rows = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "hour"], name="one_count_per_hour"
            )
        ]


def columns_of(table: str) -> Mapping[str, SentColumn]:
    """Return a table's columns over every version of the data set, in order, the newest last."""
    columns: dict[str, SentColumn] = {}
    for version in versions(settings.DATA_SET):
        tables = load_data_set(settings.DATA_SET, version).tables
        if table in tables:
            columns |= {column.name: column for column in tables[table].sent_columns}
    return columns


def _field(column: SentColumn) -> "models.Field[Any, Any]":
    """Return the field that holds a sent column."""
    makers: Mapping[SentType, type[models.Field[Any, Any]]] = {
        SentType.UUID: models.UUIDField,
        SentType.TEXT: models.TextField,
        SentType.DATE: models.DateField,
        SentType.TIME: models.TimeField,
        SentType.DATETIME: models.DateTimeField,
        SentType.INTEGER: models.BigIntegerField,
    }
    return makers[column.type](column.title, null=True)


def _indexes(name: str, number: str) -> list[models.Index]:
    """Return a record table's indexes; each is led by the provider, as the row security is."""
    data_set = load_data_set(settings.DATA_SET, versions_holding(name)[-1])
    table = data_set.tables[name]
    prefix = number.lower()
    indexes = [
        models.Index(fields=["provider", "newest", "id"], name=f"{prefix}_pages"),
        models.Index(fields=["provider", "period_end"], name=f"{prefix}_slots"),
    ]
    linked = {table.sent_name(parent.items[0]) for parent in table.parents}
    links = sorted(link for link in linked | set(table.sent_key[:1]) if link)
    kept = [link for link in links if table.sent[link].type is SentType.UUID]
    return indexes + [
        models.Index(fields=["provider", link], name=f"{prefix}_link{place}")
        for place, link in enumerate(kept)
    ]


def versions_holding(table: str) -> list[str]:
    """Return the versions of the data set that have a table, the oldest first."""
    return [
        version
        for version in versions(settings.DATA_SET)
        if table in load_data_set(settings.DATA_SET, version).tables
    ]


def _record_model(name: str) -> type[Record]:
    """Return the model of a table's records."""
    data_set = load_data_set(settings.DATA_SET, versions_holding(name)[-1])
    table = data_set.tables[name]
    meta = type("Meta", (), {"verbose_name": table.title, "indexes": _indexes(name, table.number)})
    fields = {column.name: _field(column) for column in columns_of(name).values()}
    attributes = {"__module__": __name__, "__doc__": table.title, "Meta": meta, **fields}
    return cast("type[Record]", type(name, (Record,), attributes))


def _table_names() -> list[str]:
    """Return the names of all tables of all versions, in the order of the specification."""
    names: dict[str, None] = {}
    for version in reversed(versions(settings.DATA_SET)):
        names |= dict.fromkeys(load_data_set(settings.DATA_SET, version).tables)
    return list(names)


RECORD_MODELS: Mapping[str, type[Record]] = {name: _record_model(name) for name in _table_names()}
