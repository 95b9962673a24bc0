"""A page for each kind of rule, made from the code, the specification and a made-up day.

`python -m submissions rules --into docs/reference/rules` writes them; a test compares.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from portal.quality_reports import RuleResult
from portal.specification import RULE_KINDS, DataSet, Rule, Severity, load_data_set, versions
from portal.specification.reference import assessments, organisations, postcodes
from portal.specification.synthesis.day import Wanted
from portal.specification.synthesis.files import synthesise_files
from submissions.automatic import LETTERS
from submissions.checking import Checked, explained
from submissions.faults import FAULTS
from submissions.rules.across import ACROSS_KINDS
from submissions.rules.scene import ROW_KINDS, Context
from submissions.sources import from_path
from submissions.validation import judge

NAME = "community_pilot"
PROVIDER, PATIENTS, SEED, ERRORS = "Z9A", 2_000, 1, 0.3
ELSEWHERE = {
    "reference": "The record it names is there; where that one is rejected, this one falls too.",
    "reconcile": "An aggregate agrees with the same measure counted from the accepted records.",
}
SEVERITIES = {
    Severity.REJECT_FILE: "the submission is rejected",
    Severity.REJECT_GROUP: "all records of the group are rejected",
    Severity.REJECT_RECORD: "the record is rejected",
    Severity.WARNING: "a warning",
}
NOTICE = "<!-- Made by `python -m submissions rules --into docs/reference/rules`. Not edited. -->\n"


def pages() -> Iterator[tuple[str, str]]:
    """Every page, by file name."""
    yield "README.md", _index()
    yield "automatic.md", _automatic()
    yield "structure.md", _structure()
    for kind in RULE_KINDS:
        yield f"{kind}.md", _page(kind)


def meaning(kind: str) -> str:
    """What a kind of rule asks, in one sentence."""
    function = ROW_KINDS.get(kind) or ACROSS_KINDS.get(kind)
    return ELSEWHERE[kind] if function is None else str(function.__doc__)


def _index() -> str:
    lines = [f"- [{kind}]({kind}.md): {meaning(kind)}" for kind in RULE_KINDS]
    return f"""{NOTICE}
# Rules

What is checked, in this order, and all of it every time:

1. [the structure of each file](structure.md),
2. [what every item has to be](automatic.md),
3. the rules of the specification, of these {len(RULE_KINDS)} kinds:

{chr(10).join(lines)}
"""


def _automatic() -> str:
    said = {"form": "of the form of the item", "value_set": "of the item", "codes": "..."}
    rows = [
        f"| {letter} | {message.format(**said)} | {fix.format(**said)} | {SEVERITIES[severity]} |"
        for letter, (severity, message, fix) in LETTERS.items()
    ]
    return f"""{NOTICE}
# What every item has to be

The code of a finding is `<table>-<item>-<letter>`, for example `CYP001-DateOfBirth-F`.
A value that cannot be read silences every rule that needs it: it is one finding, not many.

| letter | message | what to do | what it costs |
| --- | --- | --- | --- |
{chr(10).join(rows)}
"""


def _structure() -> str:
    blanks = dict.fromkeys(("limit", "name", "hint", "expected", "looks_like"), "...")
    rows = [
        f"| {code} | {sentence.format(**blanks)} | {fix} |"
        for code, (sentence, fix) in sorted(FAULTS.items())
    ]
    return f"""{NOTICE}
# The structure of a file

Any of these refuses the submission. Every one is counted, and the first thousand of a file are told
with line, column and byte, where they have one.

| code | what is wrong | what to do |
| --- | --- | --- |
{chr(10).join(rows)}
"""


def _page(kind: str) -> str:
    settings = RULE_KINDS[kind]
    named = [f"`{name}`" for name in settings.required]
    optional = [f"`{name}` (may be left out)" for name in settings.optional]
    return f"""{NOTICE}
# {kind}

{meaning(kind)}

Settings: {", ".join([*named, *optional]) or "none"}.

{_broken(kind)}
## Where it is used

| rule | table | versions | what it costs | message | what to do |
| --- | --- | --- | --- | --- | --- |
{chr(10).join(_used(kind))}
"""


def _used(kind: str) -> Iterator[str]:
    """The rules of a kind, over all versions."""
    found: dict[tuple[str, str], tuple[Rule, list[str]]] = {}
    for version in versions(NAME):
        for table in load_data_set(NAME, version).order:
            for rule in table.rules:
                if rule.kind == kind:
                    found.setdefault((rule.code, table.name), (rule, []))[1].append(version)
    for (code, name), (rule, seen) in sorted(found.items()):
        cost, known = SEVERITIES[rule.severity], ", ".join(seen)
        yield f"| {code} | {name} | {known} | {cost} | {rule.message} | {rule.fix} |"


def _broken(kind: str) -> str:
    """A made-up record that breaks a rule of a kind, as a sender sees it."""
    for checked in _examples():
        for result in checked.verdict.report.rules:
            rows = _shown(kind, result, checked)
            if rows:
                return f"""## Broken

`{result.code}` in {result.table}, line {result.examples[0].line}, item `{result.item}`
(the person is made up):

{rows}

{result.message} **What to do:** {result.fix}

"""
    return ""


def _shown(kind: str, result: RuleResult, checked: Checked) -> str:
    """The first offending record, without its blank items."""
    if result.kind != kind or not result.examples:
        return ""
    row = _records(checked).get((result.table, result.examples[0].line), {})
    filled = {name: value for name, value in row.items() if value or name == result.item}
    heading, values = " | ".join(filled), " | ".join(value or "" for value in filled.values())
    return f"| {heading} |\n|{' --- |' * len(filled)}\n| {values} |"


@cache
def _examples() -> tuple[Checked, ...]:
    """Made-up days with faults, judged: of the newest version first."""
    found: list[Checked] = []
    for version in reversed(versions(NAME)):
        data_set = load_data_set(NAME, version)
        day = data_set.effective_from + timedelta(days=40)
        found.append(_judged(data_set, day, errors=ERRORS))
    newest = load_data_set(NAME, versions(NAME)[-1])
    live = _judged(newest, newest.effective_from + timedelta(days=40), errors=0, live=True)
    return (*found, live)


def _judged(data_set: DataSet, day: date, *, errors: float, live: bool = False) -> Checked:
    """A made-up day and the verdict on it.

    In live use made-up people are not welcome, and here the header is sent twice as well.
    """
    folder = Path(tempfile.mkdtemp(prefix="rules-"))
    synthesise_files(data_set, Wanted(PROVIDER, day, PATIENTS, SEED), errors, folder)
    if live:
        header = folder / data_set.header.file_name
        header.write_text(header.read_text() + header.read_text().splitlines()[-1] + "\n")
    paths = {name: folder / table.file_name for name, table in data_set.tables.items()}
    sources = {name: from_path(path) for name, path in paths.items() if path.exists()}
    context = replace(_context(day), production=live)
    return Checked(data_set, sources, judge(sources, data_set, context))


def _context(day: date) -> Context:
    """What the portal would know, with the made-up reference data."""
    known = {row["code"]: (_day(row["open_from"]), _day(row["open_to"])) for row in organisations()}
    received = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
    return Context(
        provider=PROVIDER,
        authorised_providers=frozenset({PROVIDER}),
        submitter=PROVIDER,
        received_at=received + timedelta(hours=4),
        organisations=known,
        sites=known,
        postcodes=frozenset(row["postcode"] for row in postcodes()),
        assessments=frozenset(row["code"] for row in assessments()),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


_RECORDS: dict[int, Mapping[tuple[str, int], Mapping[str, str | None]]] = {}


def _records(checked: Checked) -> Mapping[tuple[str, int], Mapping[str, str | None]]:
    """The first offending records of every rule."""
    if id(checked) not in _RECORDS:
        _RECORDS[id(checked)] = explained(checked)
    return _RECORDS[id(checked)]


def write(folder: Path) -> None:
    """Write every page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages():
        (folder / name).write_text(text, encoding="utf-8")
