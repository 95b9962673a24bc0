"""A worker that hears no bell looks for itself."""

import pytest

from portal import watching


@pytest.fixture
def rung():
    return []


@pytest.fixture
def bell(rung):
    return lambda: rung.append("bell")


def test_silence_is_answered_by_a_look(bell, rung, monkeypatch):
    monkeypatch.setattr(watching, "QUIET", 0.0)

    assert watching.look(bell)
    assert rung == ["bell"]


def test_nothing_is_done_while_the_bell_rings_or_its_work_is_done(bell, rung, monkeypatch):
    watching._hear()
    assert not watching.look(bell)
    monkeypatch.setattr(watching, "QUIET", 0.0)

    assert not watching.look(bell)
    watching._finish()
    assert watching.look(bell)
    assert rung == ["bell"]


def test_a_fault_does_not_end_the_watch(monkeypatch):
    monkeypatch.setattr(watching, "QUIET", 0.0)

    def broken():
        raise OSError

    assert watching.look(broken)
