"""How easily somebody could be told apart by what is held about them beside the pseudonym.

A person's k is how many persons share every quasi-identifier with that person. The figures are of
the records actually held, for each provider and for all together.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from portal.models import Provider
from portal.scope import provider_scope
from portal.specification import Disclosure, Identifier, SentType, Table
from viewer.models import RECORD_MODELS, Record
from viewer.patients import patient_table
from viewer.relations import newest_data_set

EVERYBODY = "all providers"

Classes = Counter[tuple[object, ...]]


@dataclass(frozen=True)
class Risk:
    """How many persons there are, how many are unique, how many have too few like them."""

    where: str
    persons: int
    unique: int
    few: int
    bar: Disclosure

    @property
    def percent(self) -> float:
        """The share of persons with too few like them."""
        return 100 * self.few / self.persons if self.persons else 0.0

    @property
    def is_too_high(self) -> bool:
        """Whether the share is over the bar."""
        return self.percent >= self.bar.most_percent


def quasi_identifiers(table: Table) -> tuple[str, ...]:
    """The columns that say something about a person, the pseudonyms excepted."""
    return tuple(
        column.name
        for column in table.sent_columns
        if column.type is not SentType.UUID and _is_about_a_person(table, column.items)
    )


def assess(using: str = "records") -> Iterator[Risk]:
    """The risk at each provider that has persons, then that of all together."""
    together, bar = Classes(), newest_data_set().disclosure
    for code in Provider.objects.order_by("code").values_list("code", flat=True):
        with provider_scope(code, using=using):
            held = _classes(using)
        together += held
        if held:
            yield risk_of(code, held, bar)
    yield risk_of(EVERYBODY, together, bar)


def risk_of(where: str, classes: Classes, bar: Disclosure) -> Risk:
    """The risk of persons in classes of persons alike."""
    sizes = classes.values()
    return Risk(
        where,
        persons=sum(sizes),
        unique=sum(size for size in sizes if size == 1),
        few=sum(size for size in sizes if size < bar.fewest_alike),
        bar=bar,
    )


def _classes(using: str) -> Classes:
    """The persons of the provider in scope by what is held about them."""
    table = patient_table(newest_data_set())
    columns = quasi_identifiers(table)
    rows: QuerySet[Record] = QuerySet(RECORD_MODELS[table.name], using=using).filter(newest=True)
    return Counter(rows.values_list(*columns).iterator())


def _is_about_a_person(table: Table, items: tuple[str, ...]) -> bool:
    return any(table.items[one].identifier is not Identifier.NONE for one in items)
