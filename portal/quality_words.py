"""How a data quality report reads: its verdict first, then what to put right, then the detail.

Both instances show the same report to the same provider, so both say it with these words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from portal.quality_reports import ItemQuality, QualityReport, RuleResult, TableCounts
from portal.specification import load_data_set, versions
from portal.wording import number, percent, plural

WARNING = "warning"
LISTED = 3
Tone = Literal["good", "warn", "bad", "busy", "quiet"]
_COSTS: Mapping[str, tuple[str, Tone]] = {
    "reject_file": ("Stops the submission", "bad"),
    "reject_group": ("Group left out", "bad"),
    "reject_record": ("Row left out", "bad"),
}


@dataclass(frozen=True)
class Pointer:
    """A line of the verdict that leads to a rule."""

    text: str
    href: str


@dataclass(frozen=True)
class Verdict:
    """What became of a submission, in one sentence, with what to look at first."""

    tone: Tone
    style: Literal["accepted", "warnings", "rejected"]
    sentence: str
    detail: str
    pointers: tuple[Pointer, ...]


@dataclass(frozen=True)
class Part:
    """A part of a bar in per cent of its length."""

    kind: str
    start: str
    width: str


@dataclass(frozen=True)
class MakeUp:
    """An item's values by quality: the bar, its sentence, and whether its target is met."""

    item: ItemQuality
    target: float
    total: int
    parts: tuple[Part, ...]
    sentence: str

    @property
    def valid(self) -> float:
        """The share of valid values in per cent."""
        return 100 * self.item.valid / self.total if self.total else 0.0

    @property
    def met(self) -> bool | None:
        """Whether the item reaches the target; None where it is not scored."""
        return None if self.item.score is None else self.item.score >= self.target


@dataclass(frozen=True)
class Totals:
    """The figures at the top of a report."""

    received: int
    accepted: int
    lost: int
    warned: int
    tables: int
    met: int
    targets: int


def totals(report: QualityReport) -> Totals:
    """Add up a report's tables, and count the items that reach their targets."""
    judged = [made.met for made in make_ups(report) if made.met is not None]
    return Totals(
        received=sum(table.received for table in report.tables) or report.records,
        accepted=sum(table.accepted for table in report.tables),
        lost=sum(lost(table) for table in report.tables),
        warned=sum(table.warned for table in report.tables),
        tables=sum(table.received > 0 for table in report.tables),
        met=sum(judged),
        targets=len(judged),
    )


def lost(table: TableCounts) -> int:
    """Return how many records of a table were rejected, for themselves or with their parents."""
    return table.rejected + table.cascaded


def verdict(report: QualityReport, rules_at: str = "") -> Verdict:
    """Return the verdict of a report; its pointers lead to the rules on the page `rules_at`."""
    sums, count = totals(report), len(report.rules)
    pointers = tuple(
        Pointer(pointer_text(rule), f"{rules_at}#{anchor(rule)}") for rule in report.rules[:LISTED]
    )
    rows = plural(sums.received, "row")
    match report.outcome:
        case "rejected":
            return Verdict("bad", "rejected", *_why_rejected(report, sums), pointers)
        case "accepted_with_rejections":
            sentence = f"Accepted, but {number(sums.lost)} of {rows} had to be left out"
            detail = "The other rows go on. Correct these and send the whole day again."
            return Verdict("warn", "warnings", sentence, detail, pointers)
        case "accepted_with_warnings":
            sentence = f"Accepted: {number(sums.warned)} of {rows} have warnings"
            detail = f"Nothing was left out. {plural(count, 'rule')} gave a warning."
            return Verdict("good", "warnings", sentence, detail, pointers)
    return Verdict("good", "accepted", f"Accepted: all {rows} passed every check", "", ())


def _why_rejected(report: QualityReport, sums: Totals) -> tuple[str, str]:
    """Return why a whole submission was rejected, and what that means."""
    nothing_kept = "Nothing was kept or sent on. Correct it and send the whole day again."
    if report.faults:
        return (
            f"Rejected: {plural(report.fault_count, 'fault')} in the form of the files",
            nothing_kept,
        )
    share = f"{number(sums.lost)} of {plural(sums.received, 'row')}"
    whole = [rule for rule in report.rules if rule.severity == "reject_file"]
    if whole:
        lost = f"{share} have errors, or belong to rows that have. " if sums.lost else ""
        return f"Rejected: {_lower(whole[0].message)}", lost + nothing_kept
    if sums.lost == sums.received:
        share = f"all {plural(sums.received, 'row')}"
    return f"Rejected: {share} have errors, or belong to rows that have", nothing_kept


def pointer_text(rule: RuleResult) -> str:
    """Return one line on a broken rule: table, rows, what is wrong, and the rule's code."""
    if rule.severity == "reject_file":
        return f"{rule.message.rstrip('.')} (rule {rule.code})"
    return f"{rule.table}: {plural(rule.count, 'row')}: {_lower(rule.message)} (rule {rule.code})"


def anchor(rule: RuleResult) -> str:
    """Return the name of a rule's place on its page."""
    return f"rule-{rule.code}-{rule.table}-{rule.item or 'row'}"


def severity(rule: RuleResult) -> tuple[str, Tone]:
    """Return what a broken rule costs, in the words of the page, and its tone."""
    return _COSTS.get(rule.severity, ("Warning", "warn"))


def make_ups(report: QualityReport) -> list[MakeUp]:
    """Return the items of a report, the scored ones first, the lowest of each first."""
    target = target_score(report)
    made = [_make_up(item, target) for item in report.items]
    return sorted(
        (one for one in made if one.total),
        key=lambda one: (one.item.score is None, one.item.score or one.valid, one.item.table),
    )


def target_score(report: QualityReport) -> float:
    """Return the score that items should reach, by the specification a report was made by."""
    known = versions(report.data_set)
    version = report.version if report.version in known else known[-1]
    return load_data_set(report.data_set, version).quality.target_score


def _make_up(item: ItemQuality, target: float) -> MakeUp:
    """Return an item's values as the parts of a bar and as a sentence."""
    counts = {
        "valid": item.valid,
        "other": item.other,
        "default": item.default,
        "invalid": item.invalid,
        "missing": item.missing,
    }
    total = sum(counts.values())
    said = ", ".join(f"{percent(count, total)} {kind}" for kind, count in counts.items() if count)
    sentence = f"{item.item}: {said or 'no values'}"
    return MakeUp(item, target, total, tuple(_parts(counts, total)), sentence)


def _parts(counts: dict[str, int], total: int) -> Iterator[Part]:
    """Yield the parts of a bar; a part too small to see is drawn half a per cent wide."""
    start = 0.0
    for kind, count in counts.items():
        if not count:
            continue
        width = max(100 * count / total, 0.5)
        yield Part(kind, f"{min(start, 99.5):.2f}", f"{min(width, 100 - min(start, 99.5)):.2f}")
        start += width


def of_table(rules: Sequence[RuleResult], table: str) -> list[RuleResult]:
    """Return the broken rules of one table."""
    return [rule for rule in rules if rule.table == table]


def _lower(sentence: str) -> str:
    """Return a sentence as it stands inside another."""
    text = sentence.strip().rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


@dataclass(frozen=True)
class Reason:
    """Why some checks did not run, and which."""

    because: str
    rules: tuple[str, ...]


def reasons(report: QualityReport) -> list[Reason]:
    """Return why checks did not run, the reason for most of them first."""
    found: dict[str, list[str]] = {}
    for one in report.not_checked:
        found.setdefault(one.because, []).append(one.rule)
    grouped = [Reason(because, tuple(dict.fromkeys(rules))) for because, rules in found.items()]
    return sorted(grouped, key=lambda reason: -len(reason.rules))
