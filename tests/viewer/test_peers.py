import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.peers import FEWEST_PEERS, Group, Kind, figures, most_alike, thirds

NOBODY = Group(frozenset(), "")


def many(number, kind, start=0):
    return {f"P{place:03}": kind for place in range(start, start + number)}


def test_the_most_alike_share_type_region_and_size():
    kinds = many(9, Kind("CHT", "R1", "small")) | many(9, Kind("CHT", "R2", "small"), 9)

    found = most_alike("P000", kinds)

    assert found.alike == "type, region and size"
    assert found.members == {f"P{place:03}" for place in range(1, 9)}


def test_where_too_few_are_alike_in_all_less_will_do():
    kinds = (
        many(5, Kind("CHT", "R1", "small"))
        | many(5, Kind("CHT", "R2", "large"), 5)
        | many(8, Kind("ACUTE", "R3", "large"), 10)
    )

    assert most_alike("P000", kinds).alike == "type"


def test_a_group_that_leaves_out_only_a_few_is_not_shown():
    kinds = many(20, Kind("CHT", "", "")) | many(3, Kind("ACUTE", "", ""), 20)

    assert most_alike("P000", kinds) == NOBODY


def test_what_is_not_known_makes_nobody_alike():
    assert most_alike("P000", many(40, Kind("", "", ""))) == NOBODY
    assert most_alike("P999", many(40, Kind("CHT", "R1", "small"))) == NOBODY


def test_a_group_of_everybody_is_no_group():
    assert most_alike("P000", many(20, Kind("CHT", "R1", "small"))) == NOBODY


@pytest.mark.parametrize(("number", "shown"), [(FEWEST_PEERS, 0), (FEWEST_PEERS + 1, 8)])
def test_fewer_than_eight_peers_are_hidden(number, shown):
    known = {code: float(place) for place, code in enumerate(many(number, None))}

    assert len(figures("P000", known, known)) == shown


def test_a_figure_that_too_few_outside_the_group_have_is_hidden():
    known = dict.fromkeys(many(12, None), 1.0)
    group = {f"P{place:03}" for place in range(1, 10)}

    assert figures("P000", known, group) == []


def test_thirds_are_by_size():
    assert thirds({"A": 1, "B": 5, "C": 9}) == {"A": "small", "B": "middle", "C": "large"}
    assert thirds({}) == {}


KINDS = st.builds(
    Kind,
    st.sampled_from(["CHT", "ACUTE", ""]),
    st.sampled_from(["R1", "R2", ""]),
    st.sampled_from(["small", "large"]),
)


@given(st.lists(KINDS, min_size=1, max_size=60))
def test_neither_the_group_nor_what_it_leaves_out_is_ever_small(drawn):
    kinds = {f"P{place:03}": kind for place, kind in enumerate(drawn)}
    found = most_alike("P000", kinds)

    left_out = kinds.keys() - {"P000"} - found.members
    assert "P000" not in found.members
    assert not found.members or min(len(found.members), len(left_out)) >= FEWEST_PEERS
