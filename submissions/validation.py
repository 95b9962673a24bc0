"""Judge a submission: every rule of its specification, in one pass over its files.

Reports every layer at once. What cannot be looked at is said to be so, with the reason. No value of an
identifiable item is in a verdict, in a finding or in an exception.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.quality_reports import Fault, NotChecked, QualityReport, TableCounts
from portal.specification import DataSet, Table, version_in_force
from submissions.cascading import ask_across, settle
from submissions.findings import Findings, counts_frame
from submissions.holding import Held, needs_of
from submissions.judging import Roots, Trial, judge_table
from submissions.reading import Source, UnreadableFile, columns_of, frames
from submissions.rules.scene import Context, Periods, Scene
from submissions.summarising import Judged, Outcome, summarise
from submissions.values import has_type, typed_columns, typed_name

__all__ = ["Context", "Outcome", "Periods", "Verdict", "judge"]

Said = Mapping[str, date | datetime | str | None]


@dataclass(frozen=True)
class Verdict:
    """What became of a submission.

    `accepted` has one flag for each record of each table, in the order of its file. `counts` is exact:
    table, rule, item, severity, findings, rejected, cascaded. `findings` are Parquet files of examples.
    """

    outcome: Outcome
    period: tuple[date | None, date | None]
    tables: Mapping[str, TableCounts]
    counts: pl.DataFrame
    accepted: Mapping[str, npt.NDArray[np.bool_]]
    findings: Mapping[str, Path]
    report: QualityReport


@dataclass
class _Progress:
    """What has been gathered so far."""

    held: dict[str, Held] = field(default_factory=dict)
    trials: dict[str, Trial] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    unread: set[str] = field(default_factory=set)
    not_checked: list[NotChecked] = field(default_factory=list)


def judge(
    sources: Mapping[str, Source],
    data_set: DataSet,
    context: Context,
    *,
    findings: Path | None = None,
    limit: int | None = None,
) -> Verdict:
    """Judge the files of a submission, given by table name, against a data set specification.

    Examples of findings are written into the folder `findings`, if one is given. A file whose structure
    is wrong is reported and the others are still judged; nothing is raised for what a sender did.
    """
    said = _header_values(sources, data_set)
    context = _with_versions(context, said, data_set)
    progress, roots = _Progress(), Roots()
    needs = needs_of(data_set, sources.keys())
    for table in data_set.order:
        if table.name not in sources:
            continue
        scene = _scene(table.name, sources, data_set, context, said, progress)
        found = Findings(table) if limit is None else Findings(table, limit)
        trial = Trial(scene, needs[table.name], progress.held, found, roots)
        _judge_one(sources[table.name], trial, progress)
    across = ask_across(
        progress.held,
        {name: trial.findings for name, trial in progress.trials.items()},
        roots,
        frozenset(progress.unread),
    )
    progress.not_checked.extend(across)
    return _verdict(data_set, context, said, progress, roots, findings)


def _judge_one(source: Source, trial: Trial, progress: _Progress) -> None:
    """Judge one table; if its file cannot be read, note the faults and go on."""
    name = trial.scene.table.name
    try:
        progress.held[name] = judge_table(source, trial)
    except UnreadableFile as broken:
        progress.faults.extend(broken.faults)
        progress.fault_count += broken.count
        progress.unread.add(name)
        because = f"{source.name} could not be read."
        progress.not_checked.append(NotChecked("*", name, None, because))
        return
    progress.trials[name] = trial
    progress.not_checked.extend(trial.not_checked)
    progress.not_checked.extend(
        NotChecked("*", name, item, f"{item} was not sent.")
        for item in sorted(trial.scene.missing)
    )


def _scene(
    name: str,
    sources: Mapping[str, Source],
    data_set: DataSet,
    context: Context,
    said: Said,
    progress: _Progress,
) -> Scene:
    """What the rules of one table can see."""
    table = data_set.tables[name]
    absent = frozenset(data_set.tables) - frozenset(progress.held)
    return Scene(
        data_set, table, context, said, _missing(sources[name], table, data_set), absent
    )


def _missing(source: Source, table: Table, data_set: DataSet) -> frozenset[str]:
    """The items a file was sent without."""
    columns = columns_of(source, data_set.limits)
    return frozenset(item for item in table.items if item not in columns) if columns else frozenset()


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


def _verdict(
    data_set: DataSet,
    context: Context,
    said: Said,
    progress: _Progress,
    roots: Roots,
    folder: Path | None,
) -> Verdict:
    """Settle all records and sum up."""
    settled = settle(data_set, progress.held, roots)
    found = [trial.findings for trial in progress.trials.values()]
    judged = Judged(
        data_set=data_set,
        context=context,
        header=said,
        tables={name: each.counts for name, each in settled.items()},
        findings=tuple(found),
        counts={name: trial.counts for name, trial in progress.trials.items()},
        faults=tuple(progress.faults),
        fault_count=progress.fault_count,
        not_checked=tuple(progress.not_checked),
        in_period=any(trial.in_period for trial in progress.trials.values()),
    )
    report = summarise(judged)
    written = {each.table.name: each.write(folder) for each in found} if folder else {}
    return Verdict(
        outcome=Outcome(report.outcome),
        period=(report.period_start, report.period_end),
        tables=judged.tables,
        counts=counts_frame(found),
        accepted={name: each.accepted for name, each in settled.items()},
        findings={name: path for name, path in written.items() if path},
        report=report,
    )
