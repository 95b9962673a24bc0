"""The table of moves, and its drawing in the documentation."""

from pathlib import Path

import pytest
from django.db import ProgrammingError

from submissions.models import Submission
from submissions.moves import move
from submissions.states import MOVES, ForbiddenMove, State, page

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "submission-states.md"


@pytest.mark.django_db
@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("to", State)
def test_only_the_moves_in_the_table_can_be_made(before, to, provider):
    submission = Submission.objects.create(provider=provider, state=before)

    if to in MOVES[before]:
        assert move(submission.id, to, by="test").state == to
    else:
        with pytest.raises(ForbiddenMove):
            move(submission.id, to, by="test")


def test_every_state_can_be_reached():
    reached = {State.RECEIVING}.union(*MOVES.values())

    assert reached == set(State)


def test_the_documentation_shows_the_states_as_they_are():
    assert REFERENCE.read_text(encoding="utf-8") == page()


@pytest.mark.django_db
def test_the_history_cannot_be_rewritten_by_the_role_that_serves(provider, as_role):
    submission = Submission.objects.create(provider=provider, state=State.RECEIVING)
    move(submission.id, State.RECEIVED, by="test")

    with pytest.raises(ProgrammingError), as_role("agem_portal"):
        submission.moves.update(by="somebody else")
