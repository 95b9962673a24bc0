from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions.keys import Hashed, Index, Keys, groups, joined, repeated

PAIRS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.text("ab", max_size=3)),
        st.one_of(st.none(), st.text("ab", max_size=3)),
    ),
    max_size=40,
)


def keys_of(pairs, needed=("a",)):
    """The keys of records with two items, of which the first is needed."""
    frame = pl.DataFrame(pairs, schema={"a": pl.String, "b": pl.String}, orient="row")
    return Hashed(frame, ("a", "b")).key(("a", "b"), needed)


@settings(max_examples=100, deadline=None)
@given(PAIRS)
def test_a_repeated_key_is_found_at_each_of_its_records(pairs):
    counts = Counter(pair for pair in pairs if pair[0] is not None)

    expected = [row for row, pair in enumerate(pairs) if counts[pair] > 1]

    assert repeated(keys_of(pairs)).tolist() == expected


@settings(max_examples=100, deadline=None)
@given(PAIRS, PAIRS)
def test_a_record_finds_the_first_record_with_its_key(parents, children):
    first = {}
    for row, pair in enumerate(parents):
        if pair[0] is not None:
            first.setdefault(pair, row)

    found = Index(keys_of(parents)).find(keys_of(children))

    assert found.tolist() == [first.get(pair, -1) for pair in children]


@settings(max_examples=100, deadline=None)
@given(PAIRS)
def test_records_of_one_key_are_one_group(pairs):
    rows, numbers = groups(keys_of(pairs))

    by_group = {}
    for row, number in zip(rows.tolist(), numbers.tolist(), strict=True):
        by_group.setdefault(number, set()).add(pairs[row])

    assert all(len(each) == 1 for each in by_group.values())
    assert len(by_group) == len({pair for pair in pairs if pair[0] is not None})


def test_keys_that_share_one_hash_only_are_different():
    first = np.array([7, 7, 7], np.uint64)
    second = np.array([1, 2, 1], np.uint64)

    keys = Keys(first, second)

    assert repeated(keys).tolist() == [0, 2]
    assert Index(keys).find(Keys(first, np.array([2, 1, 9], np.uint64))).tolist() == [1, 0, -1]


def test_the_order_of_items_in_a_key_counts():
    keys = keys_of([("a", "b"), ("b", "a")])

    assert repeated(keys).tolist() == []


@pytest.mark.parametrize("parts", [[], [keys_of([("a", "b")]), keys_of([("a", "b")])]])
def test_keys_of_chunks_are_joined(parts):
    assert len(joined(parts).first) == len(parts)
