"""Settle what became of every record once all tables are read: groups, cascades and their roots."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from portal.quality_reports import NotChecked, TableCounts
from portal.specification import DataSet, Reference, Rule, Severity
from submissions.findings import Findings
from submissions.holding import Held, link_of
from submissions.keys import Rows
from submissions.marking import REJECTING, Roots
from submissions.rules.across import ACROSS_KINDS, item_of
from submissions.surveying import Flags


@dataclass(frozen=True)
class Settled:
    """What became of the records of one table. The lost were rejected with their parents."""

    accepted: Flags
    lost: int
    counts: TableCounts


def ask_across(
    held: Mapping[str, Held],
    findings: Mapping[str, Findings],
    roots: Roots,
    absent: frozenset[str],
) -> list[NotChecked]:
    """Ask the rules that look across records; mark what they reject. Return what was not asked."""
    not_checked: list[NotChecked] = []
    for table in held.values():
        for rule in table.table.rules:
            kind = ACROSS_KINDS.get(rule.kind)
            if kind is None:
                continue
            if rule.settings.get("table") in absent:
                because = f"{rule.settings['table']} could not be read."
                not_checked.append(NotChecked(rule.code, table.table.name, None, because))
                continue
            rows = kind(rule, table, held)
            _take(rule, rows, table, findings[table.table.name], roots)
    return not_checked


def _take(rule: Rule, rows: Rows, held: Held, findings: Findings, roots: Roots) -> None:
    """Take up the rows that break a rule."""
    if not len(rows):
        return
    item = item_of(rule) or next(iter(held.table.items))
    finding = findings.of(rule.code, item, rule.severity)
    shown = rows[: findings.limit]
    findings.add(finding, shown, held.lines_of(shown), shown.astype(np.int64) + 1)
    finding.count += len(rows) - len(shown)
    if rule.severity not in REJECTING:
        held.warned[rows] = True
        return
    fresh = rows[~held.rejected[rows]]
    held.rejected[fresh] = True
    held.root[fresh] = roots.number(findings, finding)
    finding.rejected += len(fresh)


def settle(data_set: DataSet, held: Mapping[str, Held], roots: Roots) -> dict[str, Settled]:
    """Reject what belongs to rejected records, parents first, and count it under the root cause."""
    settled: dict[str, Settled] = {}
    rejected: dict[str, Flags] = {}
    for table in data_set.order:
        own = held.get(table.name)
        if own is None:
            continue
        lost = _lost(own, held, rejected, roots)
        rejected[table.name] = own.rejected
        accepted = ~own.rejected
        count = int(np.count_nonzero(accepted))
        counts = TableCounts(
            table=table.name,
            title=table.title,
            received=own.records,
            accepted=count,
            rejected=own.records - count - lost,
            cascaded=lost,
            warned=int(np.count_nonzero(own.warned & accepted)),
        )
        settled[table.name] = Settled(accepted, lost, counts)
    return settled


def _lost(own: Held, held: Mapping[str, Held], rejected: Mapping[str, Flags], roots: Roots) -> int:
    """Mark the records whose parent is rejected; return how many were not rejected before."""
    total = 0
    for link in _binding(own):
        parent = held.get(link.table)
        if parent is None or link not in own.links:
            continue
        rows = own.links[link]
        gone = np.append(rejected[link.table], False)[rows] & ~own.rejected
        at = np.flatnonzero(gone)
        own.root[at] = np.append(parent.root, np.uint16(0))[rows[at]]
        own.rejected[at] = True
        total += len(at)
        for number, count in Counter(own.root[at].tolist()).items():
            if root := roots.findings[number]:
                root[1].cascaded[own.table.name] += count
    return total


def _binding(own: Held) -> list[Reference]:
    """The references without whose parent a record cannot stand."""
    return [
        link_of(rule)
        for rule in own.table.rules
        if rule.kind == "reference" and rule.severity is not Severity.WARNING
    ]
