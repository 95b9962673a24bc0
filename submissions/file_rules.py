"""Rules about the files as a whole, asked once every record has been judged."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from portal.quality_reports import Fault, RuleResult, TableCounts
from portal.specification import DataSet, FileRule

ARCHIVE_CODES = ("archive-", "unpacks-", "ratio-", "wrong-compression", "undeclared-", "too-large")
ENCODING_CODES = ("not-utf-8", "utf-", "nul-byte", "too-few", "too-many-f", "stray", "unclosed")
COLUMN_CODES = ("duplicate-column", "unknown-column", "missing-column", "column-case")
FILE_CODES = ("unknown-file", "duplicate-file")


@dataclass(frozen=True)
class Outlook:
    """What the rules about files can see."""

    data_set: DataSet
    tables: Mapping[str, TableCounts]
    faults: tuple[Fault, ...]
    in_period: bool | None
    header_said: bool


def broken_file_rules(outlook: Outlook) -> Iterator[RuleResult]:
    """The rules about files that are broken, each once."""
    aggregate_only = is_aggregate_only(outlook)
    for rule in outlook.data_set.file_rules:
        if rule.skipped_if_aggregate_only and aggregate_only:
            continue
        if _is_broken(rule, outlook):
            yield RuleResult(
                code=rule.code,
                table=rule.table or "",
                item=None,
                kind=rule.check,
                severity=rule.severity.value,
                message=rule.message,
                fix=rule.fix,
                basis=rule.basis or "",
                verified=rule.verified,
                count=1,
                rejected=0,
            )


def is_aggregate_only(outlook: Outlook) -> bool:
    """Whether only the header and aggregate tables were sent."""
    data_set = outlook.data_set
    sent = [data_set.tables[name] for name in outlook.tables if name != data_set.header.name]
    return bool(sent) and all(table.aggregate for table in sent)


def _is_broken(rule: FileRule, outlook: Outlook) -> bool:
    """Whether one rule about files is broken. Checks of the door and the store are theirs."""
    check = CHECKS.get(rule.check)
    return check is not None and check(rule, outlook)


def _received(table: str | None, outlook: Outlook) -> int:
    counts = outlook.tables.get(table or "")
    return counts.received if counts else 0


def _any_fault(outlook: Outlook, beginnings: tuple[str, ...]) -> bool:
    return any(fault.code.startswith(beginnings) for fault in outlook.faults)


def _all_rejected(outlook: Outlook) -> bool:
    """Whether records were received, and not one was accepted."""
    header = outlook.data_set.header.name
    counts = [each for name, each in outlook.tables.items() if name != header]
    received = sum(each.received for each in counts)
    return received > 0 and not any(each.accepted for each in counts)


def _over_threshold(rule: FileRule, outlook: Outlook) -> bool:
    """Whether too large a part of a table was rejected."""
    counts = outlook.tables.get(rule.table or _root(outlook.data_set))
    if counts is None or not counts.received or rule.threshold_percent is None:
        return False
    rejected = counts.rejected + counts.cascaded
    return rejected * 100 > rule.threshold_percent * counts.received


def _root(data_set: DataSet) -> str:
    """The table to which all references lead in the end."""
    return next(
        table.name
        for table in data_set.order
        if not table.parents and data_set.children(table.name)
    )


CHECKS: Mapping[str, Callable[[FileRule, Outlook], bool]] = {
    "header_present": lambda _, outlook: not outlook.header_said,
    "table_not_empty": lambda rule, outlook: _received(rule.table, outlook) == 0,
    "structure": lambda _, outlook: _any_fault(outlook, COLUMN_CODES),
    "encoding": lambda _, outlook: _any_fault(outlook, ENCODING_CODES),
    "archive_safe": lambda _, outlook: _any_fault(outlook, ARCHIVE_CODES),
    "unknown_table": lambda _, outlook: _any_fault(outlook, FILE_CODES),
    "no_rows_in_period": lambda _, outlook: outlook.in_period is False,
    "all_rows_rejected": lambda _, outlook: _all_rejected(outlook),
    "reject_threshold": _over_threshold,
}
