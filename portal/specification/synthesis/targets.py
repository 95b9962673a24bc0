"""What can be broken in a file: every rule and every automatic check, one of each kind in turn."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from portal.specification.model import ItemType, Mandation, Rule, Severity, Table
from portal.specification.synthesis.faults import BREAKERS
from portal.specification.whole import DataSet


@dataclass(frozen=True)
class Target:
    """What is to be broken: a rule, or an item in the way a letter says."""

    table: Table
    code: str
    group: str
    rule: Rule | None = None
    item: str = ""
    letter: str = ""

    @property
    def among(self) -> bool:
        """Whether it can be broken beside others: two counts moved to one day become one group."""
        return not (self.table.aggregate and self.group == "in_period")


def targets_of(data_set: DataSet) -> Iterator[Target]:
    """Everything that can be broken in a file, one of each kind in turn."""
    grouped: dict[str, list[Target]] = {}
    for table in data_set.order:
        if table is not data_set.header:
            for target in (*_rules(table), *_items(data_set, table)):
                grouped.setdefault(target.group, []).append(target)
    for turn in zip_longest(*grouped.values()):
        yield from (target for target in turn if target is not None)


def _rules(table: Table) -> Iterator[Target]:
    for rule in table.rules:
        if rule.severity is Severity.REJECT_FILE or rule.kind not in BREAKERS:
            continue
        yield Target(table, rule.code, rule.kind, rule)


def _items(data_set: DataSet, table: Table) -> Iterator[Target]:
    for name, item in table.items.items():
        if table.aggregate and item.type is not ItemType.INTEGER:
            continue
        letters = "BF" if item.mandation is Mandation.MANDATORY else "F"
        if item.value_set is not None:
            codes = data_set.value_sets[item.value_set].codes.values()
            letters += "VX" if any(code.retired for code in codes) else "V"
        for letter in letters:
            yield Target(table, f"{table.number}-{name}-{letter}", letter, None, name, letter)
