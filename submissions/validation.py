"""Judge a submission: every rule of its specification, in one pass over its files.

Reports every layer at once. What cannot be looked at is said to be so, with the reason. No value of
an identifiable item is in a verdict, in a finding or in an exception.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.quality_reports import Fault, NotChecked, QualityReport, Reconciled, TableCounts
from portal.specification import DataSet, Table, version_in_force
from submissions.cascading import ask_across, count_up, settle, take
from submissions.findings import EXAMPLES, Findings, counts_frame
from submissions.holding import Held, needs_of
from submissions.judging import Trial, judge_table
from submissions.keeping_rows import keep_rows
from submissions.marking import Roots
from submissions.reading import Source, UnreadableFile, columns_of, frames
from submissions.reconciling import Books, reconcile
from submissions.rules.scene import Context, Periods, Scene
from submissions.summarising import Judged, Outcome, summarise
from submissions.values import has_type, typed_columns, typed_name
from submissions.watching import Watch, look_away

__all__ = ["Context", "Outcome", "Periods", "Verdict", "judge"]

Said = Mapping[str, date | datetime | str | None]


@dataclass(frozen=True)
class Verdict:
    """What became of a submission.

    `accepted` has one flag for each record of each table, in the order of its file. `counts` is
    exact: table, rule, item, severity, findings, rejected, cascaded. `findings` are Parquet files,
    and `rows` the files of `keeping_rows`.
    """

    outcome: Outcome
    period: tuple[date | None, date | None]
    tables: Mapping[str, TableCounts]
    counts: pl.DataFrame
    accepted: Mapping[str, npt.NDArray[np.bool_]]
    findings: Mapping[str, Path]
    report: QualityReport
    rows: Mapping[str, Path] = field(default_factory=dict)


@dataclass
class _Case:
    """A submission being judged: what was sent, what is known, and what was gathered so far."""

    sources: Mapping[str, Source]
    data_set: DataSet
    context: Context
    said: Said
    roots: Roots = field(default_factory=Roots)
    held: dict[str, Held] = field(default_factory=dict)
    trials: dict[str, Trial] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    unread: set[str] = field(default_factory=set)
    not_checked: list[NotChecked] = field(default_factory=list)


def judge(  # noqa: PLR0913 - the last four are the caller's wishes, and named
    sources: Mapping[str, Source],
    data_set: DataSet,
    context: Context,
    *,
    findings: Path | None = None,
    limit: int = EXAMPLES,
    watch: Watch = look_away,
    rows: bool = True,
) -> Verdict:
    """Judge the files of a submission, given by table name, against a data set specification.

    Up to `limit` examples of each finding are written into the folder `findings`, if one is given,
    and with `rows` the records that have any, for which the files are read once more. `watch` hears
    how far the work has come. A file whose structure is wrong is reported and the others are still
    judged; nothing is raised for what a sender did.
    """
    said = _header_values(sources, data_set)
    case = _Case(sources, data_set, _with_versions(context, said, data_set), said)
    needs = needs_of(data_set, sources.keys())
    for table in data_set.order:
        if table.name in sources:
            found = Findings(table, limit)
            trial = Trial(_scene(table, case), needs[table.name], case.held, found, case.roots)
            trial.watch = watch
            _judge_one(sources[table.name], trial, case)
    watch(None, 0)
    found_by_table = {name: trial.findings for name, trial in case.trials.items()}
    unread = frozenset(case.unread)
    case.not_checked.extend(ask_across(case.held, found_by_table, case.roots, unread))
    return _verdict(case, findings, rows=rows)


def _judge_one(source: Source, trial: Trial, case: _Case) -> None:
    """Judge one table; if its file cannot be read, note the faults and go on."""
    name = trial.scene.table.name
    try:
        case.held[name] = judge_table(source, trial)
    except UnreadableFile as broken:
        case.faults.extend(broken.faults)
        case.fault_count += broken.count
        case.unread.add(name)
        case.not_checked.append(NotChecked("*", name, None, f"{source.name} could not be read."))
        return
    case.trials[name] = trial
    case.not_checked.extend(trial.not_checked)
    case.not_checked.extend(
        NotChecked("*", name, item, f"{item} was not sent.") for item in sorted(trial.scene.missing)
    )


def _scene(table: Table, case: _Case) -> Scene:
    """What the rules of one table can see."""
    data_set = case.data_set
    columns = columns_of(case.sources[table.name], data_set.limits)
    missing = frozenset(table.items) - frozenset(columns) if columns else frozenset()
    absent = frozenset(data_set.tables) - frozenset(case.held)
    return Scene(data_set, table, case.context, case.said, missing, absent, frozenset(case.unread))


def _header_values(sources: Mapping[str, Source], data_set: DataSet) -> Said:
    """What the header record says, as the type of each item; empty if it cannot be read."""
    header = data_set.header
    source = sources.get(header.name)
    if source is None:
        return {}
    try:
        parts = [frame for frame, _ in frames(source, header, data_set.limits)]
    except UnreadableFile:
        return {}
    first = pl.concat(parts).head(1).with_columns(typed_columns(header, data_set))
    return {
        item.name: first[typed_name(item.name) if has_type(item, data_set) else item.name].item()
        for item in header.items.values()
    }


def _with_versions(context: Context, said: Said, data_set: DataSet) -> Context:
    """The versions in force on the first day of the period, unless the caller knows better."""
    start = said.get(data_set.roles.start)
    if context.versions_in_force is not None or not isinstance(start, date):
        return context
    version = version_in_force(data_set.name, start)
    return replace(context, versions_in_force=frozenset({version} if version else ()))


def _verdict(case: _Case, folder: Path | None, *, rows: bool) -> Verdict:
    """Settle all records and sum up."""
    lost = settle(case.data_set, case.held, case.roots)
    reconciled = _reconciled(case)
    found = [trial.findings for trial in case.trials.values()]
    judged = Judged(
        data_set=case.data_set,
        context=case.context,
        header=case.said,
        tables={name: count_up(held, lost[name]) for name, held in case.held.items()},
        findings=tuple(found),
        counts={name: trial.counts for name, trial in case.trials.items()},
        faults=tuple(case.faults),
        fault_count=case.fault_count,
        not_checked=tuple(case.not_checked),
        reconciliation=tuple(reconciled),
        in_period=any(trial.in_period for trial in case.trials.values()),
    )
    report = summarise(judged)
    written = {each.table.name: each.write(folder) for each in found} if folder else {}
    return Verdict(
        outcome=Outcome(report.outcome),
        period=(report.period_start, report.period_end),
        tables=judged.tables,
        counts=counts_frame(found),
        accepted={name: ~held.rejected for name, held in case.held.items()},
        findings={name: path for name, path in written.items() if path},
        report=report,
        rows=_kept_rows(case, found, folder) if folder and rows else {},
    )


def _kept_rows(case: _Case, found: Sequence[Findings], folder: Path) -> Mapping[str, Path]:
    """Write every record that has a finding, table by table."""
    written = {
        each.table.name: keep_rows(
            case.sources[each.table.name],
            each,
            case.data_set.limits,
            folder / f"{each.table.name}.rows",
        )
        for each in found
    }
    return {name: path for name, path in written.items() if path}


def _reconciled(case: _Case) -> list[Reconciled]:
    """Reconcile the aggregates; what does not agree is a finding."""
    compared: list[Reconciled] = []
    for each in reconcile(Books(case.data_set, case.sources, case.held)):
        if isinstance(each, NotChecked):
            case.not_checked.append(each)
            continue
        compared.extend(each.compared)
        name = each.table.name
        take(each.rule, each.rows, case.held[name], case.trials[name].findings, case.roots)
    return compared
