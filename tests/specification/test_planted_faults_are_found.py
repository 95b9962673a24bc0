"""Two readings of the specification, written apart, must agree: the engine and the planting."""

import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from portal.specification import OfRow, load_data_set
from portal.specification.synthesis.day import Wanted
from portal.specification.synthesis.files import synthesise_files
from portal.specification.synthesis.spoiling import whole_rules
from tests.specification.verdicts import cascaded, found_in, planted_in, verdict_on

DAYS = {"1.0": date(2024, 1, 16), "2.0": date(2024, 4, 16)}
# A failing day is not made smaller: each try is a whole day, and its seed says all.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def judged(folder, wanted, version, errors, only=""):
    data_set = load_data_set("community_pilot", version)
    synthesise_files(data_set, wanted, errors, folder, only=only)
    return verdict_on(folder, data_set, wanted)


def cannot_be_broken(data_set, rule):
    """Whether a number too large for the rule is too long for its item."""
    measure = rule.settings.get("measure")
    return isinstance(measure, OfRow) and any(
        len(str(rule.settings["maximum"] + 1)) > table.items[measure.item].max_length
        for table in data_set.order
        if rule in table.rules
    )


@pytest.mark.parametrize(
    ("version", "provider", "day", "seed"),
    [
        ("1.0", "Z9A", date(2023, 10, 1), 1),
        ("1.0", "Z9B", date(2024, 1, 10), 2),
        ("2.0", "Z9C", date(2024, 3, 2), 3),
        ("2.0", "Z9D", date(2024, 3, 4), 4),
        ("2.0", "Z9E", date(2024, 5, 31), 5),
    ],
)
def test_nothing_is_found_where_nothing_is_planted(tmp_path, version, provider, day, seed):
    verdict = judged(tmp_path, Wanted(provider, day, 400, seed), version, 0.0)

    assert verdict.outcome == "accepted"
    assert verdict.counts.height == 0


@pytest.mark.parametrize(
    ("version", "provider", "day", "seed", "errors"),
    [
        ("1.0", "Z9B", date(2024, 1, 9), 3, 0.5),
        ("2.0", "Z9C", date(2024, 3, 9), 4, 0.3),
        ("2.0", "Z9D", date(2024, 4, 21), 9, 1.0),
        ("2.0", "Z9A", date(2024, 3, 5), 1, 0.02),
    ],
)
def test_what_is_planted_is_found_and_nothing_else(tmp_path, version, provider, day, seed, errors):
    verdict = judged(tmp_path, Wanted(provider, day, 500, seed), version, errors)

    assert (found_in(verdict), cascaded(verdict)) == planted_in(tmp_path)


@settings(max_examples=5, deadline=None, phases=PHASES)
@given(
    version=st.sampled_from(sorted(DAYS)),
    seed=st.integers(0, 2**32),
    later=st.integers(0, 40),
    share=st.floats(0.05, 1),
)
def test_whatever_the_seed_what_is_planted_is_found(version, seed, later, share):
    wanted = Wanted("Z9A", DAYS[version] + timedelta(days=later), 150, seed)
    with tempfile.TemporaryDirectory() as folder:
        verdict = judged(Path(folder), wanted, version, share)

        assert (found_in(verdict), cascaded(verdict)) == planted_in(Path(folder))


@pytest.mark.parametrize("version", DAYS)
def test_every_rule_of_a_version_is_planted_and_found(tmp_path, version):
    data_set, wanted = (
        load_data_set("community_pilot", version),
        Wanted("Z9A", DAYS[version], 2000, 1),
    )
    many = tmp_path / "many"
    verdict = judged(many, wanted, version, 0.5)
    seen = {each[3] for each in found_in(verdict)}
    rules = {rule.code: rule for table in data_set.order for rule in table.rules}

    left = rules.keys() - seen - whole_rules(data_set).keys()

    assert (found_in(verdict), cascaded(verdict)) == planted_in(many)
    for code in left:
        alone = judged(tmp_path / code, wanted, version, 0, only=code)
        assert (found_in(alone), cascaded(alone)) == planted_in(tmp_path / code)
        assert any(each[3] == code for each in found_in(alone)) is not cannot_be_broken(
            data_set, rules[code]
        )
