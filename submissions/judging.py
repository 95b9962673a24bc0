"""Judge one table, chunk by chunk: the automatic checks, the rules of the record, the links.

All masks of a chunk are computed in one go, and only those that fired are looked at again, so the
cost does not grow with the number of findings.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from portal.quality_reports import NotChecked
from portal.specification import ItemType, Reference, Rule
from submissions import automatic
from submissions.automatic import Checklist, ItemCount, Looked, automatic_code
from submissions.findings import Finding, Findings
from submissions.holding import Held, Holding, Needs, link_of
from submissions.keys import Hashed
from submissions.linking import beside, linked
from submissions.marking import REJECTING, Marks, Roots, Rows
from submissions.reading import Source, frames
from submissions.rules import codes, references, rows  # noqa: F401  registers the kinds
from submissions.rules.scene import ROW_KINDS, NotAsked, Scene
from submissions.surveying import Places
from submissions.values import typed_columns, typed_name
from submissions.watching import Watch, look_away

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
    watch: Watch = look_away

    @property
    def paths(self) -> dict[str, tuple[Reference, ...]]:
        """The way from the table to each ancestor its rules look at."""
        name, data_set = self.scene.table.name, self.scene.data_set
        return {
            operand.table: data_set.path(name, operand.table) for operand in self.needs.ancestors
        }


def judge_table(source: Source, trial: Trial) -> Held:
    """Judge all records of a table. Raises UnreadableFile if the file's structure is wrong."""
    scene = trial.scene
    questions = list(_questions(trial))
    holding = Holding(scene.table, trial.needs, scene.data_set)
    typed = list(typed_columns(scene.table, scene.data_set))
    checklist = Checklist(scene.table, scene.data_set, scene.day(scene.data_set.roles.start))
    for frame, lines in frames(source, scene.table, scene.data_set.limits):
        full = frame.lazy().with_columns(typed).collect()
        chunk = Chunk(full, lines, holding.records, Marks.of(full.height))
        looked = automatic.look(full, checklist, trial.counts, scene.missing)
        _take_automatic(looked, chunk, trial)
        hashed = Hashed(full, trial.needs.hashed)
        links, dangling = linked(hashed, trial.needs, trial.held)
        for link, found in links.items():
            holding.links[link].append(found)
        _take_links(dangling, chunk, trial)
        extra = beside(links, trial.needs, trial.held, trial.paths)
        _take_rules(questions, full.hstack(extra), looked, chunk, trial)
        trial.in_period = trial.in_period or _any_in_period(full, scene)
        holding.add(full, lines, scene, hashed)
        holding.marks.append((chunk.marks.rejected, chunk.marks.warned, chunk.marks.root))
        trial.watch(trial.findings, holding.records)
    trial.not_checked.extend(_told(trial))
    return holding.finish()


def _any_in_period(frame: pl.DataFrame, scene: Scene) -> bool:
    """Whether any date of a chunk lies in the reporting period."""
    roles, table = scene.data_set.roles, scene.table
    start, end = scene.day(roles.start), scene.day(roles.end)
    if start is None or end is None or table is scene.data_set.header:
        return False
    dates = [pl.col(typed_name(item.name)) for item in table.items_of(ItemType.DATE)]
    inside = [day.is_between(start, end).any() for day in dates]
    return bool(dates) and frame.lazy().select(pl.any_horizontal(inside)).collect().item()


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
            trial.not_checked.append(NotChecked(rule.code, scene.table.name, None, str(reason)))
            continue
        for item, expression in asked.items():
            reads = frozenset(expression.meta.root_names())
            yield Asked(rule, item, expression, reads)


def _take_automatic(looked: Looked, chunk: Chunk, trial: Trial) -> None:
    """Take up what the automatic checks found."""
    for item, letter, found in looked.found:
        code = automatic_code(trial.scene.table, item, letter)
        finding = trial.findings.of(code, item, automatic.LETTERS[letter][0])
        _take(finding, found, chunk, trial)


def _take_links(dangling: Mapping[Reference, Rows], chunk: Chunk, trial: Trial) -> None:
    """Take up records that name a record which is not there."""
    for rule in trial.scene.table.rules:
        if rule.kind != "reference":
            continue
        link = link_of(rule)
        if link.table in trial.scene.unread:
            continue
        if len(dangling[link]):
            finding = trial.findings.of(rule.code, link.items[0], rule.severity)
            _take(finding, dangling[link], chunk, trial)


def _take_rules(
    asked: list[Asked], frame: pl.DataFrame, looked: Looked, chunk: Chunk, trial: Trial
) -> None:
    """Ask all questions of a chunk at once; take up those that were answered with no."""
    if not asked:
        return
    doubts = [(~each.expression).alias(str(number)) for number, each in enumerate(asked)]
    broken = frame.lazy().select(doubts).collect()
    for each, mask in zip(asked, broken.iter_columns(), strict=True):
        if looked.unreadable:
            _skip(each, looked, trial)
        if mask.any():
            _take_rule(each, mask.arg_true().to_numpy(), looked, chunk, trial)


def _take_rule(asked: Asked, found: Rows, looked: Looked, chunk: Chunk, trial: Trial) -> None:
    """Take up the records that break a rule, but not where the item is already found wrong."""
    rule, item = asked.rule, asked.item
    if item in looked.unreadable:
        found = np.setdiff1d(found, looked.unreadable[item])
    if not len(found):
        return
    _take(trial.findings.of(rule.code, item, rule.severity), found, chunk, trial)
    if rule.kind in VALIDITY_KINDS:
        trial.counts[item].invalid += len(found)


def _skip(question: Asked, looked: Looked, trial: Trial) -> None:
    """Count the records on which a rule was not asked, because an item it reads is unreadable."""
    reads = [
        looked.unreadable[item] for item in looked.unreadable if typed_name(item) in question.reads
    ]
    if reads:
        count = len(reads[0]) if len(reads) == 1 else len(np.unique(np.concatenate(reads)))
        trial.skipped[question.rule.code, question.item] += count


def _take(finding: Finding, found: Rows, chunk: Chunk, trial: Trial) -> None:
    """Take up the findings of one rule on one item in a chunk."""
    texts = chunk.frame[finding.item]
    records = found.astype(np.int64) + (chunk.before + 1)
    trial.findings.add(finding, found, chunk.lines[found], records, texts)
    rejecting = finding.severity in REJECTING
    root = trial.roots.number(trial.findings, finding) if rejecting else 0
    finding.rejected += chunk.marks.mark(found, finding.severity, root)


def _told(trial: Trial) -> Iterator[NotChecked]:
    """What was not checked on single records."""
    for (rule, item), count in sorted(trial.skipped.items()):
        because = "An item the rule needs cannot be read in these records."
        yield NotChecked(rule, trial.scene.table.name, item, because, count)
