"""What changed in the findings from one submission to the next."""

from portal.quality_reports import Change, Difference, QualityReport, RuleResult

Key = tuple[str, str, str | None]


def _by_key(rules: tuple[RuleResult, ...]) -> dict[Key, int]:
    """How often each rule was broken on each item."""
    return {(rule.code, rule.table, rule.item): rule.count for rule in rules}


def difference(before: QualityReport | None, rules: tuple[RuleResult, ...]) -> Difference | None:
    """Which findings are gone, still there or new. None where there is nothing to compare with."""
    if before is None:
        return None
    old, new = _by_key(before.rules), _by_key(rules)
    changes = [
        Change(*key, before=old.get(key, 0), after=new.get(key, 0)) for key in {**old, **new}
    ]
    return Difference(
        fixed=tuple(change for change in changes if not change.after),
        still=tuple(change for change in changes if change.before and change.after),
        new=tuple(change for change in changes if not change.before),
    )
