"""Which rules about whole files are broken: a plain reading, apart from the engine's."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from portal.specification.model import ItemType
from portal.specification.synthesis.expecting import Records, value_in
from portal.specification.whole import FileRule

Gone = AbstractSet[tuple[str, int]]
COLUMNS, RECORDS = "duplicate-column", "too-many-fields"


@dataclass(frozen=True)
class _Outlook:
    records: Records
    gone: Gone
    faults: frozenset[str]

    def rows(self, name: str | None) -> int:
        return len(self.records.rows.get(name or self.root, {}))

    @property
    def root(self) -> str:
        data_set = self.records.data_set
        tables = (one for one in data_set.order if not one.parents)
        return next(one.name for one in tables if data_set.children(one.name))


def file_rules_broken(records: Records, gone: Gone, faults: frozenset[str]) -> frozenset[str]:
    """The codes of the rules about files that are broken, given the records that are lost."""
    outlook = _Outlook(records, gone, faults)
    aggregate_only = _is_aggregate_only(records)
    return frozenset(
        rule.code
        for rule in records.data_set.file_rules
        if not (rule.skipped_if_aggregate_only and aggregate_only)
        and rule.check in _CHECKS
        and _CHECKS[rule.check](rule, outlook)
    )


def _is_aggregate_only(records: Records) -> bool:
    tables, header = records.data_set.tables, records.data_set.header.name
    sent = [tables[name] for name, rows in records.rows.items() if rows and name != header]
    return bool(sent) and all(table.aggregate for table in sent)


def _in_period(outlook: _Outlook) -> bool:
    """Whether anything happened in the period."""
    records, data_set = outlook.records, outlook.records.data_set
    edges = (records.header[name] for name in (data_set.roles.start, data_set.roles.end))
    start, end = (edge or "" for edge in edges)
    return any(
        start <= str(value_in(data_set, name, row, item.name)) <= end
        for name, rows in records.rows.items()
        if name != data_set.header.name
        for item in data_set.tables[name].items_of(ItemType.DATE)
        for row in rows.values()
    )


def _all_gone(outlook: _Outlook) -> bool:
    header = outlook.records.data_set.header.name
    sent = {
        (name, place)
        for name, rows in outlook.records.rows.items()
        if name != header
        for place in rows
    }
    return bool(sent) and sent <= outlook.gone


def _too_many_gone(rule: FileRule, outlook: _Outlook) -> bool:
    name = rule.table or outlook.root
    gone = sum(table == name for table, _ in outlook.gone)
    return gone * 100 > (rule.threshold_percent or 100) * outlook.rows(name)


_CHECKS: Mapping[str, Callable[[FileRule, _Outlook], bool]] = {
    "header_present": lambda _, outlook: not outlook.rows(outlook.records.data_set.header.name),
    "table_not_empty": lambda rule, outlook: not outlook.rows(rule.table),
    "structure": lambda _, outlook: COLUMNS in outlook.faults,
    "encoding": lambda _, outlook: RECORDS in outlook.faults,
    "no_rows_in_period": lambda _, outlook: not _in_period(outlook),
    "all_rows_rejected": lambda _, outlook: _all_gone(outlook),
    "reject_threshold": _too_many_gone,
}
