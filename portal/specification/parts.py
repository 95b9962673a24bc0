"""Read what applies to a whole data set: header roles, limits, ages, quality, measures, charts."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from portal.specification import settings as read
from portal.specification.measuring import (
    CHART_KINDS,
    CHART_SPANS,
    MEASURE_KINDS,
    WITHOUT_TABLE,
)
from portal.specification.model import Severity
from portal.specification.scope import Scope, check_keys
from portal.specification.whole import (
    AgeGroup,
    Ages,
    Change,
    Chart,
    Disclosure,
    FileRule,
    HeaderRoles,
    Limits,
    Measure,
    Quality,
)


def _keys(kind: type) -> frozenset[str]:
    return frozenset(one.name for one in fields(kind))


def read_roles(scope: Scope, said: Mapping[str, Any]) -> HeaderRoles:
    """The items of the header by what they say."""
    scope = scope.at("header")
    check_keys(scope, said, _keys(HeaderRoles) | {"table"}, frozenset())
    scope.known_table(said["table"])
    return HeaderRoles(
        **{role: scope.known_item(said[role]) for role in sorted(_keys(HeaderRoles))}
    )


def read_limits(scope: Scope, said: Mapping[str, Any]) -> Limits:
    """How large a submission may be."""
    scope = scope.at("limits")
    check_keys(scope, said, _keys(Limits), frozenset())
    return Limits(**{name: read.whole(scope, value) for name, value in said.items()})


def read_ages(scope: Scope, said: Mapping[str, Any]) -> Ages:
    """How ages are grouped."""
    scope = scope.at("ages")
    check_keys(scope, said, _keys(Ages), frozenset())
    return Ages(
        groups=tuple(AgeGroup(**group) for group in said["groups"]),
        band_years=read.whole(scope, said["band_years"]),
        top_code=read.whole(scope, said["top_code"]),
        oldest=read.whole(scope, said["oldest"]),
    )


def read_changes(scope: Scope, said: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """What this version changed, table by table."""
    scope = scope.at("changes")
    return tuple(Change(scope.known_table(one["table"]), one["change"]) for one in said)


def read_disclosure(scope: Scope, said: Mapping[str, Any]) -> Disclosure:
    """The bar that the re-identification report holds the persons held against."""
    scope = scope.at("disclosure")
    check_keys(scope, said, _keys(Disclosure), frozenset())
    return Disclosure(read.whole(scope, said["fewest_alike"]), float(said["most_percent"]))


def read_file_rules(scope: Scope, said: Mapping[str, Any]) -> tuple[FileRule, ...]:
    """The rules about the files as a whole."""
    needed = frozenset({"code", "check", "severity", "message", "fix"})
    rules = []
    for one in said["rules"]:
        place = Scope("file_rules.toml", one.get("code", "rule"), scope.names, scope.table)
        check_keys(place, one, needed, _keys(FileRule) - needed)
        rules.append(
            FileRule(
                code=one["code"],
                check=one["check"],
                severity=Severity(one["severity"]),
                message=one["message"],
                fix=one["fix"],
                basis=one.get("basis"),
                verified=one.get("verified", True),
                table=place.known_table(one["table"]) if "table" in one else None,
                threshold_percent=one.get("threshold_percent"),
                skipped_if_aggregate_only=one.get("skipped_if_aggregate_only", False),
            )
        )
    return tuple(rules)


def read_quality(scope: Scope, said: Mapping[str, Any]) -> Quality:
    """What the data quality report measures."""
    place = Scope("quality.toml", "quality", scope.names, scope.table)
    check_keys(place, said, _keys(Quality), frozenset())
    every_item = frozenset().union(*scope.names.items.values())
    for item in sorted(said["threshold_percent"].keys() - every_item):
        raise place.refusal(f"no table has an item {item!r}")
    target = said["target_score"]
    if not isinstance(target, int | float) or not 0 < target <= 100:  # noqa: PLR2004 - a score
        raise place.refusal("target_score is not a score from 0 to 100")
    return Quality(**said)


def read_measures(scope: Scope, said: Mapping[str, Any]) -> dict[str, Measure]:
    """The measures by name, each of a known kind."""
    about = ("title", "description", "kind", "table", "unit", "verified")
    measures = {}
    for name, one in said.items():
        place = Scope("measures.toml", name, scope.names, scope.table)
        kind = MEASURE_KINDS.get(one.get("kind", ""))
        if kind is None:
            raise place.refusal(f"there is no kind of measure {one.get('kind')!r}")
        for key in sorted({"title", "description", "unit"} - one.keys()):
            raise place.refusal(f"'{key}' is missing")
        table = None if one["kind"] in WITHOUT_TABLE else place.known_table(one.get("table"))
        own = {key: value for key, value in one.items() if key not in about}
        measures[name] = Measure(
            name=name,
            title=one["title"],
            description=one["description"],
            kind=one["kind"],
            table=table,
            unit=one["unit"],
            settings=kind.settings(place.of(table) if table else place, own),
            verified=one.get("verified", True),
        )
    return measures


def read_charts(scope: Scope, said: Mapping[str, Any]) -> dict[str, Chart]:
    """The charts by name, in the order they are shown."""
    needed = frozenset({"title", "kind", "measure", "over", "caption"})
    charts = {}
    for name, one in said.items():
        place = Scope("charts.toml", name, scope.names, scope.table)
        check_keys(place, one, needed, frozenset({"by", "target", "direction", "codes"}))
        if one["kind"] not in CHART_KINDS or one["over"] not in CHART_SPANS:
            raise place.refusal(f"there is no chart {one['kind']!r} over {one['over']!r}")
        charts[name] = Chart(
            name=name,
            title=one["title"],
            kind=one["kind"],
            measure=place.known_measure(one["measure"]),
            by=one.get("by"),
            over=one["over"],
            target=one.get("target"),
            caption=one["caption"],
            direction=one.get("direction", "neutral"),
            codes=tuple(one.get("codes", ())),
        )
    return charts
