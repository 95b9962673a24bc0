"""Settle what became of every record once all tables are read: groups, cascades and their roots."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from portal.quality_reports import NotChecked, TableCounts
from portal.specification import DataSet, Reference, Rule, Severity
from submissions.findings import Findings
from submissions.holding import Held, link_of
from submissions.keys import Rows
from submissions.marking import REJECTING, Roots
from submissions.rules.across import ACROSS_KINDS, item_of


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
            take(rule, rows, table, findings[table.table.name], roots)
    return not_checked


def take(rule: Rule, rows: Rows, held: Held, findings: Findings, roots: Roots) -> None:
    """Take up the rows of a table that break a rule."""
    if not len(rows):
        return
    item = item_of(rule) or next(iter(held.table.items))
    finding = findings.of(rule.code, item, rule.severity)
    shown = rows[: findings.limit]
    findings.add(finding, shown, held.lines_of(shown), shown.astype(np.int64) + 1)
    finding.count += len(rows) - len(shown)
    finding.note(rows[len(shown) :].astype(np.int64) + 1)
    if rule.severity not in REJECTING:
        held.warned[rows] = True
        return
    fresh = rows[~held.rejected[rows]]
    held.rejected[fresh] = True
    held.root[fresh] = roots.number(findings, finding)
    finding.rejected += len(fresh)


def settle(data_set: DataSet, held: Mapping[str, Held], roots: Roots) -> Mapping[str, int]:
    """Reject what belongs to rejected records, parents first, and count it under the root cause.

    Returns how many records of each table were lost in this way.
    """
    return {
        table.name: _lost(held[table.name], held, roots)
        for table in data_set.order
        if table.name in held
    }


def count_up(held: Held, lost: int) -> TableCounts:
    """What became of the records of one table."""
    accepted = ~held.rejected
    count = int(np.count_nonzero(accepted))
    return TableCounts(
        table=held.table.name,
        title=held.table.title,
        received=held.records,
        accepted=count,
        rejected=held.records - count - lost,
        cascaded=lost,
        warned=int(np.count_nonzero(held.warned & accepted)),
    )


def _lost(own: Held, held: Mapping[str, Held], roots: Roots) -> int:
    """Mark the records whose parent is rejected; return how many were not rejected before."""
    total = 0
    for link in _binding(own):
        parent = held.get(link.table)
        if parent is None or link not in own.links:
            continue
        rows = own.links[link]
        gone = np.append(parent.rejected, False)[rows] & ~own.rejected
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
