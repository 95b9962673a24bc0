"""Explain a warning once: it stays folded until the time is up or its rows outgrow the band."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from portal import audit
from portal.models import Provider
from portal.quality_reports import RuleResult
from submissions.models import Explanation

LONGEST = timedelta(days=366)
USUAL_DAYS = 90
BAND = 1.2
WARNING = "warning"


@dataclass(frozen=True)
class Words:
    """What somebody says of a warning: why, up to how many rows, and until when."""

    reason: str
    most_rows: int
    until: date


class NoExplanation(Exception):
    """Something that cannot be an explanation; the sentence says why."""


@dataclass(frozen=True)
class Warnings:
    """The broken rules of a report: those to look at, and those that are explained."""

    open: tuple[RuleResult, ...]
    explained: tuple[tuple[RuleResult, Explanation], ...]


@transaction.atomic
def explain(provider: Provider, rule: RuleResult, words: Words, *, by: str) -> Explanation:
    """Write down the explanation of a warning, in place of an earlier one. Raises NoExplanation."""
    _check(rule, words)
    end_explanation(provider, rule)
    made = Explanation.objects.create(
        provider=provider,
        rule=rule.code,
        table=rule.table,
        item=rule.item or "",
        reason=words.reason,
        most_rows=words.most_rows,
        until=words.until,
        by=by,
    )
    audit.record(audit.Event.EXPLAINED, actor=by, provider=provider, rule=rule.code)
    return made


def end_explanation(provider: Provider, rule: RuleResult) -> None:
    """End the explanation of a warning that holds now, if there is one."""
    standing = Explanation.objects.filter(
        provider=provider, rule=rule.code, table=rule.table, item=rule.item or "", ended_at=None
    )
    standing.update(ended_at=timezone.now())


def sort_out(provider: Provider, rules: Iterable[RuleResult]) -> Warnings:
    """Tell the broken rules that need somebody's eyes from those that are explained."""
    standing = _standing(provider)
    open_, explained = [], []
    for rule in rules:
        said = standing.get((rule.code, rule.table, rule.item or ""))
        if said and rule.severity == WARNING and rule.count <= said.most_rows:
            explained.append((rule, said))
        else:
            open_.append(rule)
    return Warnings(tuple(open_), tuple(explained))


def band(count: int) -> int:
    """Return the number of rows up to which an explanation holds, unless another is given."""
    return max(count + 1, round(count * BAND))


def _standing(provider: Provider) -> Mapping[tuple[str, str, str], Explanation]:
    """Return the explanations that hold today, by rule, table and item."""
    today = timezone.localdate()
    found = Explanation.objects.filter(provider=provider, ended_at=None, until__gte=today)
    return {(said.rule, said.table, said.item): said for said in found}


def _check(rule: RuleResult, words: Words) -> None:
    """Refuse what cannot be an explanation. Raises NoExplanation."""
    today = timezone.localdate()
    if rule.severity != WARNING:
        raise NoExplanation("Only a warning can be explained. This has to be corrected.")
    if not words.reason:
        raise NoExplanation("Say why the data is as it is.")
    if not today <= words.until <= today + LONGEST:
        raise NoExplanation("Choose a day within the next year.")
    if words.most_rows < rule.count:
        raise NoExplanation(f"{rule.count:,} rows have this warning now; name as many or more.")
