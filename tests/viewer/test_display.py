import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.display import DIGITS, LENGTH, NotAToken, read_token, shown, token_of

KEY = b"k" * 32


@given(st.uuids(), st.uuids())
def test_a_token_is_one_patients_at_one_provider(one, other):
    assert token_of("Z9A", one, KEY) == token_of("Z9A", one, KEY)
    assert token_of("Z9A", one, KEY) != token_of("Z9B", one, KEY)
    assert (token_of("Z9A", one, KEY) == token_of("Z9A", other, KEY)) is (one == other)


@given(st.uuids())
def test_a_token_is_read_back_however_it_is_typed(patient):
    token = token_of("Z9A", patient, KEY)

    assert set(token) <= set(DIGITS)
    assert len(token) == LENGTH + 1
    assert read_token(shown(token).lower()) == token
    assert read_token(token.replace("0", "O").replace("1", "l")) == token


@given(st.uuids(), st.integers(0, LENGTH), st.sampled_from(DIGITS))
def test_one_mistyped_character_is_noticed(patient, place, digit):
    token = token_of("Z9A", patient, KEY)
    typed = token[:place] + digit + token[place + 1 :]

    if typed != token:
        with pytest.raises(NotAToken):
            read_token(typed)


def test_swapped_neighbours_are_noticed():
    token = token_of("Z9A", uuid.UUID(int=5), KEY)

    for place in range(LENGTH):
        typed = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
        if typed != token:
            with pytest.raises(NotAToken):
                read_token(typed)


@pytest.mark.parametrize("text", ["", "9434765919", "x" * 25, "<script>", "0" * 24])
def test_what_is_no_token_is_refused(text):
    with pytest.raises(NotAToken):
        read_token(text)
