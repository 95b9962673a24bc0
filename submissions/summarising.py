"""Sum up what was found in a submission as its data quality report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal.quality_reports import (
    Cascade,
    Fault,
    NotChecked,
    QualityReport,
    Reconciled,
    RuleResult,
    TableCounts,
)
from portal.specification import DataSet, Rule, Severity, Table
from submissions import quality
from submissions.automatic import ItemCount, automatic_words
from submissions.difference import difference
from submissions.file_rules import Outlook, broken_file_rules
from submissions.findings import EXAMPLES, Finding, Findings
from submissions.rules.scene import Context

SHOWN_EXAMPLES = 20
RANK = {severity.value: place for place, severity in enumerate(Severity)}


class Outcome(StrEnum):
    """What a submission as a whole comes to."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_WARNINGS = "accepted_with_warnings"
    ACCEPTED_WITH_REJECTIONS = "accepted_with_rejections"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Judged:
    """Everything that was found out about a submission."""

    data_set: DataSet
    context: Context
    header: Mapping[str, date | datetime | str | None]
    tables: Mapping[str, TableCounts]
    findings: tuple[Findings, ...]
    counts: Mapping[str, Mapping[str, ItemCount]]
    faults: tuple[Fault, ...]
    fault_count: int
    not_checked: tuple[NotChecked, ...]
    reconciliation: tuple[Reconciled, ...]
    in_period: bool


def summarise(judged: Judged) -> QualityReport:
    """The report of a submission, the costliest findings first."""
    data_set, context = judged.data_set, judged.context
    rules = tuple(sorted([*_file_results(judged), *_results(judged)], key=_cost))
    items = tuple(
        item
        for name, counts in judged.counts.items()
        for item in quality.item_quality(data_set.tables[name], counts, data_set)
    )
    covered = quality.coverage(context.periods_accepted, context.periods_expected)
    start, end = (_day(judged, role) for role in (data_set.roles.start, data_set.roles.end))
    return QualityReport(
        provider=context.provider,
        data_set=data_set.name,
        version=data_set.version,
        period_start=start,
        period_end=end,
        outcome=_outcome(rules, judged).value,
        received_at=context.received_at,
        records=sum(counts.received for counts in judged.tables.values()),
        faults=judged.faults,
        fault_count=judged.fault_count,
        tables=tuple(judged.tables.values()),
        rules=rules,
        items=items,
        score=quality.provider_score(items, covered),
        coverage=covered,
        timeliness_hours=quality.timeliness_hours(end, context.received_locally),
        reconciliation=judged.reconciliation,
        not_checked=judged.not_checked,
        difference=difference(context.previous, rules),
        limit=max((each.limit for each in judged.findings), default=EXAMPLES),
    )


def _day(judged: Judged, role: str) -> date | None:
    """A date of the header."""
    said = judged.header.get(role)
    return said if isinstance(said, date) else None


def _cost(result: RuleResult) -> tuple[int, int, int, str]:
    """Costliest first: by severity, by records lost, by how often."""
    return RANK[result.severity], -result.lost, -result.count, result.code


def _outcome(rules: tuple[RuleResult, ...], judged: Judged) -> Outcome:
    """What it all comes to."""
    if judged.fault_count or any(rule.severity == Severity.REJECT_FILE for rule in rules):
        return Outcome.REJECTED
    if any(table.rejected or table.cascaded for table in judged.tables.values()):
        return Outcome.ACCEPTED_WITH_REJECTIONS
    return Outcome.ACCEPTED_WITH_WARNINGS if rules else Outcome.ACCEPTED


def _file_results(judged: Judged) -> Iterator[RuleResult]:
    """The rules about the files as a whole that are broken."""
    outlook = Outlook(
        judged.data_set,
        judged.tables,
        judged.faults,
        judged.in_period,
        judged.data_set.header.name in judged.tables,
    )
    yield from broken_file_rules(outlook)


def _results(judged: Judged) -> Iterator[RuleResult]:
    """The findings of every rule, with what they cost."""
    for findings in judged.findings:
        rules = {rule.code: rule for rule in findings.table.rules}
        for finding in findings.found.values():
            if finding.count:
                rule = rules.get(finding.rule)
                yield _result(finding, findings.table, rule, judged.data_set)


def _result(finding: Finding, table: Table, rule: Rule | None, data_set: DataSet) -> RuleResult:
    """The findings of one rule on one item."""
    message, fix, kind = _words(finding, table, rule, data_set)
    return RuleResult(
        code=finding.rule,
        table=table.name,
        item=finding.item,
        kind=kind,
        severity=finding.severity.value,
        message=message,
        fix=fix,
        basis=rule.basis or "" if rule else "",
        verified=rule.verified if rule else True,
        count=finding.count,
        rejected=finding.rejected,
        cascaded=tuple(Cascade(*pair) for pair in finding.cascaded.items()),
        commonest=finding.commonest,
        examples=finding.examples(SHOWN_EXAMPLES),
    )


def _words(
    finding: Finding, table: Table, rule: Rule | None, data_set: DataSet
) -> tuple[str, str, str]:
    """The message, the fix and the kind of a rule, written or automatic."""
    if rule is not None:
        return rule.message, rule.fix, rule.kind
    letter = finding.rule.rsplit("-", 1)[-1]
    message, fix = automatic_words(table.items[finding.item], letter, data_set)
    return message, fix, "automatic"
