"""Where a fault is planted, and how a row is brought to where a rule asks."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

import numpy as np

from portal.specification.model import ItemType, Rule, Table
from portal.specification.operands import Comparison, Condition, IsFilled, OfRow, OneOf
from portal.specification.synthesis.draws import salt
from portal.specification.synthesis.expecting import Records, Row, meets, value_of
from portal.specification.synthesis.shapes import is_nhs_number


@dataclass
class Site:
    """Where a fault is planted: the records of one person and a row among them."""

    records: Records
    table: Table
    place: int
    added: dict[str, list[Row]] = field(default_factory=dict)
    dropped: set[tuple[str, int]] = field(default_factory=set)

    @property
    def row(self) -> Row:
        """The row to change."""
        return self.records.rows[self.table.name][self.place]

    def add(self, row: Row) -> None:
        """Add a row at the end of the table."""
        self.added.setdefault(self.table.name, []).append(row)

    def drop(self, table: str, place: int) -> None:
        """Leave a row out."""
        self.dropped.add((table, place))
        del self.records.rows[table][place]


def all_blank(site: Site, rule: Rule) -> bool:
    """Blank every item a rule looks at."""
    site.row.update(dict.fromkeys(rule.settings["items"]))
    return True


def left_out(site: Site, _: Rule) -> bool:
    """Leave the record out."""
    site.drop(site.table.name, site.place)
    return True


def filler(site: Site, name: str) -> str:
    """Something an item may hold."""
    item = site.table.items[name]
    data_set = site.records.data_set
    if item.value_set is not None:
        codes = data_set.value_sets[item.value_set].codes.values()
        return next(one.code for one in codes if one.retired is None)
    day = site.records.header[data_set.roles.start]
    plain = {
        ItemType.DATE: str(day),
        ItemType.TIME: "12:00:00",
        ItemType.DATETIME: f"{day}T12:00:00",
        ItemType.NHS_NUMBER: _free_number(site),
        ItemType.CLINICAL_CODE: "73211009",
        ItemType.ORG_CODE: str(site.records.header[data_set.roles.provider]),
    }
    return plain.get(item.type, "1")


def _free_number(site: Site) -> str:
    """A valid NHS number, made from the record's key, that nobody else is likely to have."""
    key = "".join(str(site.row[name]) for name in site.table.key)
    first = int(salt(key) % np.uint64(10**7))
    numbers = (f"99{number % 10**7:07}{check}" for number in count(first) for check in range(10))
    return next(number for number in numbers if is_nhs_number(number))


def satisfy(site: Site, condition: Condition | None) -> bool:
    """Make the row meet a condition."""
    row = site.row
    match condition:
        case OneOf(name, values):
            row[name] = values[0]
        case IsFilled(name) if row[name] is None:
            row[name] = filler(site, name)
        case Comparison(OfRow(name), "gt", right):
            day = value_of(site.records, site.table.name, row, right)
            if isinstance(day, date):
                row[name] = (day + timedelta(days=10)).isoformat()
    return meets(site.records, site.table.name, row, condition)
