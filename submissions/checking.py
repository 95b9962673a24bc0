"""Check files on the sender's own machine: the same engine and the same findings as the portal's.

Nothing is sent anywhere, and no Django, database or network is needed.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from portal.quality_reports import QualityReport
from portal.specification import DataSet, load_data_set, versions
from submissions.packages import Heading, by_table, header_from, said_by
from submissions.reading import Source, UnreadableFile, frames
from submissions.sources import from_path
from submissions.unpacking import unpack
from submissions.validation import Context, Outcome, Verdict, judge

ACCEPTED, UNEXPECTED, USAGE, REJECTED = 0, 1, 2, 3
NAME = "community_pilot"
SHOWN_ROWS = 3
Rows = Mapping[tuple[str, int], Mapping[str, str | None]]
READ_FROM_A_FOLDER = ("*.csv", "*.csv.gz", "manifest.json")


@dataclass(frozen=True)
class Checked:
    """The verdict on some files, and the files."""

    data_set: DataSet
    sources: Mapping[str, Source]
    verdict: Verdict


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked: 0 done or accepted, 2 a request that makes no sense, 3 rejected."""
    asked = parser().parse_args(arguments)
    return int(asked.do(asked))


def _rules(asked: argparse.Namespace) -> int:
    """Write the pages about rules."""
    from submissions.rules.handbook import write  # noqa: PLC0415  it needs a made-up day

    write(asked.into)
    return ACCEPTED


def _check(asked: argparse.Namespace) -> int:
    """Check files: 0 accepted, 3 rejected."""
    if refusal := _unusable(asked.paths):
        sys.stderr.write(f"{refusal}\n")
        return USAGE
    try:
        checked = check(asked.paths, asked.version, _said(asked), live=not asked.made_up)
    except UnreadableFile as broken:
        return _refuse(broken, as_json=asked.json)
    report = checked.verdict.report
    if asked.json:
        sys.stdout.write(report.to_json() + "\n")
    else:
        _show(checked, explain=asked.explain)
    return REJECTED if checked.verdict.outcome is Outcome.REJECTED else ACCEPTED


def _unusable(paths: Iterable[Path]) -> str | None:
    """Why there is nothing to check at some places."""
    for path in paths:
        if not path.exists():
            return f"There is no {path}."
        if path.is_dir() and not _files_in(path):
            return f"{path} holds no file to check: no *.csv, no *.csv.gz, no manifest.json."
    return None


def _files_in(folder: Path) -> list[Path]:
    """The files of a folder that are looked at."""
    return sorted(each for pattern in READ_FROM_A_FOLDER for each in folder.glob(pattern))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(prog="python -m submissions", description=__doc__)
    commands = whole.add_subparsers(required=True, metavar="check|rules")
    one = commands.add_parser("check", help="check files before they are sent")
    one.set_defaults(do=_check)
    two = commands.add_parser("rules", help="write a page about each kind of rule")
    two.add_argument("--into", type=Path, required=True)
    two.set_defaults(do=_rules)
    one.add_argument("paths", nargs="+", type=Path, metavar="DIR|ZIP|CSV")
    one.add_argument("--version", choices=versions(NAME), help="default: as the header says")
    one.add_argument("--json", action="store_true", help="the whole report as JSON")
    one.add_argument("--explain", action="store_true", help="show your own row beside a finding")
    one.add_argument("--made-up", action="store_true", help="the people are made up")
    one.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="ITEM=VALUE",
        help="an item of the header, where no header file is given",
    )
    return whole


def _said(asked: argparse.Namespace) -> dict[str, str]:
    """The header items given on the command line."""
    pairs = (text.partition("=") for text in asked.header)
    return {name: value for name, _, value in pairs}


def check(
    paths: Iterable[Path],
    version: str | None = None,
    header: Mapping[str, str] | None = None,
    *,
    live: bool = True,
) -> Checked:
    """Judge files of this machine. Raises UnreadableFile where they cannot even be told apart."""
    newest = load_data_set(NAME, version or versions(NAME)[-1])
    sources = list(gather(paths, newest))
    if header:
        sources.append(header_from(header, newest))
    said = said_by(tuple(sources), NAME)
    data_set = load_data_set(NAME, version or said.version)
    tables, faults = by_table(sources, data_set)
    if faults:
        raise UnreadableFile(faults)
    verdict = judge(tables, data_set, _context(said, live=live))
    return Checked(data_set, tables, verdict)


def gather(paths: Iterable[Path], data_set: DataSet) -> Iterator[Source]:
    """Every file at the given places: folders are looked into, packages are unpacked."""
    for path in paths:
        if path.is_dir():
            yield from gather(_files_in(path), data_set)
        else:
            yield from unpack(from_path(path), data_set.limits)


def _context(said: Heading, *, live: bool) -> Context:
    """What is known without the portal: the header is taken at its word."""
    return Context(
        provider=said.provider,
        authorised_providers=frozenset({said.provider}),
        submitter=said.submitter,
        received_at=datetime.now(UTC),
        production=live,
    )


def _refuse(broken: UnreadableFile, *, as_json: bool) -> int:
    """Say what is wrong with files that cannot be judged."""
    if as_json:
        report = QualityReport(
            provider="",
            data_set=NAME,
            version="",
            period_start=None,
            period_end=None,
            outcome=Outcome.REJECTED.value,
            received_at=None,
            records=0,
            faults=broken.faults,
            fault_count=broken.count,
        )
        sys.stdout.write(report.to_json() + "\n")
    else:
        from submissions.printing import tell_faults  # noqa: PLC0415  rich is for terminals

        tell_faults(broken.faults, broken.count)
        if any(fault.code == "no-header" for fault in broken.faults):
            sys.stdout.write("Without a header file, give its items: --header ITEM=VALUE.\n")
    return REJECTED


def _show(checked: Checked, *, explain: bool) -> None:
    """Print the report for a person."""
    from submissions.printing import tell  # noqa: PLC0415  rich is for terminals

    rows = explained(checked) if explain else {}
    tell(checked.verdict.report, rows)


def explained(checked: Checked) -> Rows:
    """The sender's own records beside the first findings of each rule, by table and line."""
    wanted: dict[str, set[int]] = {}
    for rule in checked.verdict.report.rules:
        lines = [example.line for example in rule.examples[:SHOWN_ROWS]]
        wanted.setdefault(rule.table, set()).update(lines)
    return {
        (name, line): row
        for name, lines in wanted.items()
        if name in checked.sources and lines
        for line, row in _rows(checked, name, lines)
    }


def _rows(
    checked: Checked, name: str, lines: set[int]
) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    """The records that begin on some lines of a table's file."""
    table, source = checked.data_set.tables[name], checked.sources[name]
    for frame, at in frames(source, table, checked.data_set.limits):
        for place in np.flatnonzero(np.isin(at, list(lines))).tolist():
            yield int(at[place]), frame.row(place, named=True)
