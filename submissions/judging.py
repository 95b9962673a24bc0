"""Judge one table, chunk by chunk: the automatic checks, the rules of the record, the links.

All masks of a chunk are computed in one go, and only those that fired are looked at again, so the cost
does not grow with the number of findings.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from portal.quality_reports import NotChecked
from portal.specification import ItemType, Reference, Rule, Severity
from submissions import automatic
from submissions.automatic import Checklist, ItemCount, Looked, automatic_code
from submissions.findings import Finding, Findings
from submissions.holding import Held, Holding, Needs, link_of
from submissions.keys import Hashed, Rows
from submissions.linking import beside, linked
from submissions.reading import Source, frames
from submissions.rules import codes, references, rows  # noqa: F401  registers the kinds
from submissions.rules.scene import ROW_KINDS, NotAsked, Scene
from submissions.surveying import Flags, Places
from submissions.values import typed_columns, typed_name

REJECTING = frozenset({Severity.REJECT_FILE, Severity.REJECT_GROUP, Severity.REJECT_RECORD})
VALIDITY_KINDS = frozenset(
    {"nhs_number", "snomed", "code_scheme", "postcode_known", "org_live", "site_live"}
    | {"known_assessment"}
)


class Asked(NamedTuple):
    """A question a rule asks of every record about one item."""

    rule: Rule
    item: str
    expression: pl.Expr
    reads: frozenset[str]


@dataclass
class Roots:
    """Every rule that rejected a record, by number, so that a record holds two bytes and not a text."""

    findings: list[tuple[Findings, Finding] | None] = field(default_factory=lambda: [None])
    numbers: dict[int, int] = field(default_factory=dict)

    def number(self, findings: Findings, finding: Finding) -> int:
        """The number of a rule's findings."""
        if id(finding) not in self.numbers:
            self.numbers[id(finding)] = len(self.findings)
            self.findings.append((findings, finding))
        return self.numbers[id(finding)]


@dataclass
class Trial:
    """Everything that is gathered while one table is judged."""

    scene: Scene
    needs: Needs
    held: Mapping[str, Held]
    findings: Findings
    roots: Roots
    counts: dict[str, ItemCount] = field(default_factory=dict)
    not_checked: list[NotChecked] = field(default_factory=list)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_period: bool = False

    @property
    def paths(self) -> dict[str, tuple[Reference, ...]]:
        """The way from the table to each ancestor its rules look at."""
        name, data_set = self.scene.table.name, self.scene.data_set
        return {
            operand.table: data_set.path(name, operand.table) for operand in self.needs.ancestors
        }


@dataclass
class Marks:
    """What became of each record of a chunk."""

    rejected: Flags
    warned: Flags
    root: np.ndarray

    @classmethod
    def of(cls, height: int) -> "Marks":
        """No record rejected, none warned about."""
        return cls(np.zeros(height, np.bool_), np.zeros(height, np.bool_), np.zeros(height, np.uint16))

    def mark(self, at: Rows, severity: Severity, root: int) -> int:
        """Mark records; return how many are rejected by this and by nothing before it."""
        if severity not in REJECTING:
            self.warned[at] = True
            return 0
        fresh = at[~self.rejected[at]]
        self.rejected[fresh] = True
        self.root[fresh] = root
        return len(fresh)


def judge_table(source: Source, trial: Trial) -> Held:
    """Judge all records of a table. Raises UnreadableFile if the file's structure is wrong."""
    scene = trial.scene
    questions = list(_questions(trial))
    holding = Holding(scene.table, trial.needs, scene.data_set)
    typed = list(typed_columns(scene.table, scene.data_set))
    start = scene.header.get(scene.data_set.roles.start)
    checklist = Checklist(scene.table, scene.data_set, start)  # type: ignore[arg-type]
    for frame, lines in frames(source, scene.table, scene.data_set.limits):
        full = frame.lazy().with_columns(typed).collect()
        chunk = Chunk(full, lines, sum(len(part[0]) for part in holding.marks), Marks.of(full.height))
        looked = automatic.look(full, checklist, trial.counts, scene.missing)
        _take_automatic(looked, chunk, trial)
        hashed = Hashed(full)
        links, dangling = linked(hashed, trial.needs, trial.held)
        for link, found in links.items():
            holding.links[link].append(found)
        _take_links(dangling, chunk, trial)
        extra = beside(links, trial.needs, scene.table, trial.held, trial.paths)
        _take_rules(questions, full.hstack(extra), looked, chunk, trial)
        trial.in_period = trial.in_period or _any_in_period(full, scene)
        holding.add(full, lines, scene, hashed)
        holding.marks.append((chunk.marks.rejected, chunk.marks.warned, chunk.marks.root))
    trial.not_checked.extend(_told(trial))
    return holding.finish()


def _any_in_period(frame: pl.DataFrame, scene: Scene) -> bool:
    """Whether any date of a chunk lies in the reporting period."""
    roles, table = scene.data_set.roles, scene.table
    start, end = scene.header.get(roles.start), scene.header.get(roles.end)
    if start is None or end is None or table is scene.data_set.header:
        return False
    return any(
        frame[typed_name(item.name)].is_between(start, end).any()  # type: ignore[arg-type]
        for item in table.items_of(ItemType.DATE)
    )


class Chunk(NamedTuple):
    """A chunk being judged: its frame, the physical lines, the records before it, the marks."""

    frame: pl.DataFrame
    lines: Places
    before: int
    marks: Marks


def _questions(trial: Trial) -> Iterator[Asked]:
    """The questions of all rules that look at one record; rules that cannot ask say why."""
    scene = trial.scene
    for rule in scene.table.rules:
        kind = ROW_KINDS.get(rule.kind)
        if kind is None:
            continue
        try:
            asked = kind(rule, scene)
        except NotAsked as reason:
            trial.not_checked.append(
                NotChecked(rule.code, scene.table.name, None, str(reason))
            )
            continue
        for item, expression in asked.items():
            reads = frozenset(expression.meta.root_names())
            yield Asked(rule, item, expression, reads)


def _take_automatic(looked: Looked, chunk: Chunk, trial: Trial) -> None:
    """Take up what the automatic checks found."""
    for item, letter, found in looked.found:
        severity = automatic.LETTERS[letter][0]
        code = automatic_code(trial.scene.table, item, letter)
        _take(code, item, severity, found, chunk, trial)


def _take_links(dangling: Mapping[Reference, Rows], chunk: Chunk, trial: Trial) -> None:
    """Take up records that name a record which is not there."""
    for rule in trial.scene.table.rules:
        if rule.kind != "reference":
            continue
        link = link_of(rule)
        if link.table in trial.scene.absent:
            continue
        _take(rule.code, link.items[0], rule.severity, dangling[link], chunk, trial)


def _take_rules(
    questions: Iterable[Asked],
    frame: pl.DataFrame,
    looked: Looked,
    chunk: Chunk,
    trial: Trial,
) -> None:
    """Ask all questions of a chunk at once; take up those that were answered with no."""
    asked = list(questions)
    broken = frame.lazy().select(
        (~question.expression).alias(str(number)) for number, question in enumerate(asked)
    ).collect()
    if not asked:
        return
    sums = broken.sum().row(0)
    for number, (question, count) in enumerate(zip(asked, sums, strict=True)):
        if looked.unreadable:
            _skip(question, looked, trial)
        if count:
            found = broken[str(number)].arg_true().to_numpy()
            rule = question.rule
            if question.item in looked.unreadable:
                found = np.setdiff1d(found, looked.unreadable[question.item])
            _take(rule.code, question.item, rule.severity, found, chunk, trial)
            if rule.kind in VALIDITY_KINDS:
                trial.counts[question.item].invalid += len(found)


def _skip(question: Asked, looked: Looked, trial: Trial) -> None:
    """Count the records on which a rule was not asked, because an item it reads is unreadable."""
    reads = [
        looked.unreadable[item]
        for item in looked.unreadable
        if typed_name(item) in question.reads
    ]
    if reads:
        count = len(reads[0]) if len(reads) == 1 else len(np.unique(np.concatenate(reads)))
        trial.skipped[question.rule.code, question.item] += count


def _take(
    code: str, item: str, severity: Severity, found: Rows, chunk: Chunk, trial: Trial
) -> None:
    """Take up the findings of one rule on one item in a chunk."""
    if not len(found):
        return
    finding = trial.findings.of(code, item, severity)
    texts = chunk.frame[item] if item in chunk.frame.columns else None
    records = found.astype(np.int64) + (chunk.before + 1)
    trial.findings.add(finding, found, chunk.lines[found], records, texts)
    root = trial.roots.number(trial.findings, finding) if severity in REJECTING else 0
    finding.rejected += chunk.marks.mark(found, severity, root)


def _told(trial: Trial) -> Iterator[NotChecked]:
    """What was not checked on single records."""
    for (rule, item), count in sorted(trial.skipped.items()):
        because = "An item the rule needs cannot be read in these records."
        yield NotChecked(rule, trial.scene.table.name, item, because, count)
