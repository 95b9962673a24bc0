import tomllib
from datetime import date

import pytest

from portal.specification import (
    DERIVED_KINDS,
    MEASURE_KINDS,
    RULE_KINDS,
    Method,
    load_data_set,
    version_in_force,
    versions,
)
from portal.specification.loading import DATA_SETS, digest_of

VERSIONS = versions("community_pilot")


@pytest.mark.parametrize(
    ("version", "tables", "items", "rules"), [("1.0", 14, 109, 123), ("2.0", 21, 183, 179)]
)
def test_a_version_holds_what_the_pilot_asks_for(version, tables, items, rules):
    data_set = load_data_set("community_pilot", version)

    assert len(data_set.tables) == tables
    assert sum(len(table.items) for table in data_set.order) == items
    assert sum(len(table.rules) for table in data_set.order) == rules


@pytest.mark.parametrize("version", VERSIONS)
def test_a_released_version_never_changes(version):
    released = tomllib.loads((DATA_SETS / "released.toml").read_text())

    assert (
        digest_of(DATA_SETS / "community_pilot" / version) == released["community_pilot"][version]
    )


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2023, 9, 30), None),
        (date(2023, 10, 1), "1.0"),
        (date(2024, 2, 29), "1.0"),
        (date(2024, 3, 1), "2.0"),
        (date(2024, 5, 31), "2.0"),
        (date(2024, 6, 1), None),
    ],
)
def test_the_reporting_date_tells_the_version(day, version):
    assert version_in_force("community_pilot", day) == version


@pytest.mark.parametrize("version", VERSIONS)
def test_parents_come_before_their_children(version):
    seen = set()
    for table in load_data_set("community_pilot", version).order:
        assert {reference.table for reference in table.parents} <= seen
        seen.add(table.name)


def test_the_way_to_an_ancestor_follows_the_references():
    data_set = load_data_set("community_pilot", "2.0")

    way = data_set.path("CYP202CareActivity", "CYP001MPI")

    assert [step.table for step in way] == ["CYP201CareContact", "CYP101Referral", "CYP001MPI"]


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_that_points_to_a_person_or_a_place_leaves(version):
    for table in load_data_set("community_pilot", version).order:
        for item in table.items.values():
            if item.identifier == "direct":
                assert item.treatment.method is not Method.KEEP
            if item.name not in table.sent:
                continue
            assert item.type not in {"postcode", "nhs_number", "gp_practice", "time"}


def test_every_kind_of_rule_is_used():
    rules = [
        rule for table in load_data_set("community_pilot", "2.0").order for rule in table.rules
    ]

    assert len(RULE_KINDS) == 27
    assert {rule.kind for rule in rules} == set(RULE_KINDS)


def test_every_kind_of_derived_column_and_measure_is_used():
    both = [load_data_set("community_pilot", version) for version in VERSIONS]

    derived = {one.kind for each in both for table in each.order for one in table.derived.values()}
    measures = {measure.kind for each in both for measure in each.measures.values()}

    assert derived == set(DERIVED_KINDS)
    assert measures == set(MEASURE_KINDS)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_rule_says_what_is_wrong_and_what_to_do(version):
    data_set = load_data_set("community_pilot", version)
    rules = [*data_set.file_rules, *(rule for table in data_set.order for rule in table.rules)]

    assert all(rule.message.endswith(".") and rule.fix.endswith(".") for rule in rules)
