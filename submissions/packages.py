"""What arrives as one submission: its files by table, and what its header says. No Polars here.

The door calls `examine` while the sender waits; it answers with all that is wrong in the format.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime

from portal.quality_reports import Fault
from portal.specification import DataSet, Limits, load_data_set, versions
from submissions import sniffing
from submissions.sources import Source, from_bytes
from submissions.structure import Scan, scan
from submissions.tallying import Tally, UnreadableFile
from submissions.unpacking import unpack

MANIFEST = "manifest.json"
BY_VERSION = frozenset({"unknown-column", "missing-column", "column-case"})
FIRST_BYTES = 1024
LONGEST_HEADER = 64 * 1024
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


@dataclass(frozen=True)
class Heading:
    """What the header record says. A date that cannot be read is none; validation will say so."""

    version: str
    provider: str
    submitter: str
    period_start: date | None
    period_end: date | None
    created: datetime | None


@dataclass(frozen=True)
class Examined:
    """A submission whose format is right: ready to be stored and judged."""

    heading: Heading
    data_set: DataSet
    sources: Mapping[str, Source]
    scans: Mapping[str, Scan]


def examine(
    package: Source, header: Mapping[str, str] | None = None, name: str = "community_pilot"
) -> Examined:
    """Check the whole format of a package. Raises UnreadableFile with the faults of all its files.

    A single CSV file has no header file beside it; its header record comes from the caller.
    """
    newest = load_data_set(name, versions(name)[-1])
    sources = unpack(package, newest.limits)
    if header is not None:
        sources = (*sources, header_from(header, newest))
    return examine_files(sources, name)


def examine_files(sources: Iterable[Source], name: str = "community_pilot") -> Examined:
    """Check the format of files already unpacked. Raises UnreadableFile with the faults of all."""
    sources = tuple(sources)
    said = said_by(sources, name)
    data_set = load_data_set(name, said.version)
    tables, faults = by_table(sources, data_set)
    scans = {
        table: scan(source, data_set.tables[table], data_set.limits)
        for table, source in tables.items()
    }
    found = [*faults, *(fault for each in scans.values() for fault in each.faults)]
    if found:
        total = len(faults) + sum(each.fault_count for each in scans.values())
        raise UnreadableFile(found, total)
    return Examined(said, data_set, tables, scans)


def said_by(sources: tuple[Source, ...], name: str = "community_pilot") -> Heading:
    """What the header record says. Without a readable one, raises the faults of all files.

    Which version is meant is not known then: names of columns are not held against any.
    """
    try:
        return heading(sources, name)
    except UnreadableFile as broken:
        newest = load_data_set(name, versions(name)[-1])
        others = [each for each in sources if each.name not in (MANIFEST, newest.header.file_name)]
        tables, faults = by_table(others, newest)
        scans = [scan(each, newest.tables[table], newest.limits) for table, each in tables.items()]
        found = [each for one in scans for each in one.faults if each.code not in BY_VERSION]
        count = sum(
            number
            for one in scans
            for code, number in one.fault_counts.items()
            if code not in BY_VERSION
        )
        raise UnreadableFile(
            (*broken.faults, *faults, *found), broken.count + len(faults) + count
        ) from None


def header_from(values: Mapping[str, str], data_set: DataSet) -> Source:
    """Make a header file of one record out of values by item name. Unknown names are left out."""
    header = data_set.header
    names = [name for name in header.items if name in values]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerow([values[name] for name in names])
    return from_bytes(header.file_name, text.getvalue().encode())


def by_table(
    sources: Iterable[Source], data_set: DataSet
) -> tuple[Mapping[str, Source], tuple[Fault, ...]]:
    """Sort files by the table each stands for; a file that stands for none is a fault."""
    names = {table.file_name: table.name for table in data_set.order}
    plain = {name.casefold(): name for name in names}
    tables: dict[str, Source] = {}
    faults: list[Fault] = []
    for source in _with_manifest(sources, data_set):
        tally = Tally(source.name)
        if source.name not in names:
            meant = plain.get(source.name.casefold())
            hint = f" Did you mean {meant}?" if meant else ""
            tally.add(_what_it_is(source) or "unknown-file", {"hint": hint})
        elif names[source.name] in tables:
            tally.add("duplicate-file")
        else:
            tables[names[source.name]] = source
        faults.extend(tally.faults)
    return tables, tuple(faults)


def _what_it_is(source: Source) -> str | None:
    """The fault of a file that is no CSV at all, by its first bytes."""
    with closing(source.open()) as stream:
        return sniffing.refusal(stream.read(FIRST_BYTES))


def _with_manifest(sources: Iterable[Source], data_set: DataSet) -> Iterable[Source]:
    """Put the header file a manifest stands for in the place of the manifest."""
    for source in sources:
        if source.name == MANIFEST:
            yield header_from(_manifest(source), data_set)
        else:
            yield source


def _manifest(source: Source) -> Mapping[str, str]:
    """The header values in a manifest. Raises UnreadableFile if it is not a flat JSON object."""
    with closing(source.open()) as stream:
        data = stream.read(LONGEST_HEADER)
    values = _parsed(data)
    if not isinstance(values, dict):
        raise _no_header(source.name)
    return {str(key): str(value) for key, value in values.items() if value is not None}


def _parsed(data: bytes) -> object:
    """What JSON bytes hold; None if they are not JSON. The error would hold the text."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _no_header(file: str) -> UnreadableFile:
    """The refusal of a submission without a readable header."""
    tally = Tally(file)
    tally.add("no-header")
    return UnreadableFile(tally.faults)


def heading(sources: Iterable[Source], name: str = "community_pilot") -> Heading:
    """Read the header record, before the version is known. Raises UnreadableFile without one."""
    newest = load_data_set(name, versions(name)[-1])
    file_name = newest.header.file_name
    for source in _with_manifest(sources, newest):
        if source.name == file_name:
            return _heading(source, newest, name)
    raise _no_header(file_name)


def _heading(source: Source, newest: DataSet, name: str) -> Heading:
    """What the first record of a header file says."""
    found = scan(source, newest.header, newest.limits)
    if found.faults:
        raise UnreadableFile(found.faults, found.fault_count)
    values = _first_record(source, newest.limits)
    roles = newest.roles
    said = Heading(
        version=values.get(roles.version, ""),
        provider=values.get(roles.provider, ""),
        submitter=values.get(roles.submitter, ""),
        period_start=_date(values.get(roles.start, "")),
        period_end=_date(values.get(roles.end, "")),
        created=_date_time(values.get(roles.created, "")),
    )
    if said.version not in versions(name):
        tally = Tally(source.name)
        tally.add("unknown-version", line=2)
        raise UnreadableFile(tally.faults)
    return said


def _first_record(source: Source, limits: Limits) -> Mapping[str, str]:
    """The first record of a file that has been scanned."""
    with closing(source.open()) as stream:
        text = stream.read(2 * limits.line_bytes).decode("utf-8-sig", "replace")
    rows = csv.reader(io.StringIO(text, newline=""))
    return dict(zip(next(rows), next(rows), strict=False))


def _date(text: str) -> date | None:
    """A date in the one form that is accepted; None for anything else."""
    if not DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _date_time(text: str) -> datetime | None:
    """A date and time in the one form that is accepted; None for anything else."""
    if not DATE_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
