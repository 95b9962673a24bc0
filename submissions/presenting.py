"""How a submission reads on a page: its state in words, first findings, who acted, its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from portal.models import User
from portal.quality_words import Tone
from portal.specification import load_data_set
from portal.wording import number
from submissions.models import Move, Submission
from submissions.moves import OVER
from submissions.states import CAME_TO_NOTHING, Mode, State

STALLED_AFTER = timedelta(minutes=30)
WORKING = frozenset(
    {State.RECEIVING, State.RECEIVED, State.CHECKING, State.PSEUDONYMISING, State.TRANSFERRING}
)
STOPPED = frozenset({State.FAILED, State.QUARANTINED})


# What the checks of every item find, by the last letter of their codes, in short.
_ITEM_CHECKS: Mapping[str, str] = {
    "B": "A mandatory item is blank.",
    "F": "The value does not have the form of the item.",
    "V": "The code is not in the value set.",
    "X": "The code is retired.",
}


@dataclass(frozen=True)
class Tag:
    """A state in words, and the tone it is shown in."""

    text: str
    tone: Tone


_STATES: Mapping[State, Tag] = {
    State.RECEIVING: Tag("Uploading", "busy"),
    State.INCOMPLETE: Tag("Not completed", "quiet"),
    State.REFUSED: Tag("Wrong format", "bad"),
    State.DUPLICATE: Tag("Already sent", "quiet"),
    State.RECEIVED: Tag("Waiting for checks", "busy"),
    State.CHECKING: Tag("Checking", "busy"),
    State.REJECTED: Tag("Rejected", "bad"),
    State.SUPERSEDED: Tag("Replaced", "quiet"),
    State.WITHDRAWN: Tag("Withdrawn", "quiet"),
    State.FAILED: Tag("Stopped by a fault of ours", "bad"),
    State.QUARANTINED: Tag("Set aside by us", "bad"),
}
OUTCOMES: Mapping[str, Tag] = {
    "accepted": Tag("Accepted", "good"),
    "accepted_with_warnings": Tag("Accepted with warnings", "warn"),
    "accepted_with_rejections": Tag("Accepted in part", "warn"),
    "rejected": Tag("Rejected", "bad"),
}


def tag(submission: Submission) -> Tag:
    """Return the state of a submission in the words of every page."""
    if is_stalled(submission):
        return Tag("Stalled", "bad")
    state = State(submission.state)
    return _STATES.get(state) or OUTCOMES.get(submission.outcome, Tag("Accepted", "good"))


def is_over(submission: Submission) -> bool:
    """Say whether a submission will not change any more by itself."""
    state = State(submission.state)
    rests = state is State.ACCEPTED and submission.mode != Mode.LIVE
    return state in OVER or state in STOPPED or rests or is_stalled(submission)


def is_stalled(submission: Submission) -> bool:
    """Say whether a submission has been on its way for longer than anything takes."""
    if State(submission.state) not in WORKING:
        return False
    last = submission.lease_until or submission.received_at or submission.touched_at
    return timezone.now() - last > STALLED_AFTER


@dataclass(frozen=True)
class Entry:
    """One line of a submission's history."""

    at: datetime
    text: str
    by: str
    because: str


def history(moves: Sequence[Move]) -> list[Entry]:
    """Return every move of a submission in words, with who made it."""
    names = actors([move.by for move in moves])
    return [Entry(move.at, State(move.to).label, names[move.by], move.because) for move in moves]


def actors(who: Sequence[str]) -> Mapping[str, str]:
    """Return the names of those who acted: people by name, keys by id, the rest as the portal."""
    keys = {int(one.partition(":")[2]) for one in who if one.startswith("person:")}
    people = {person.pk: str(person) for person in User.objects.filter(pk__in=keys)}
    return {one: _actor(one, people) for one in who}


def _actor(who: str, people: Mapping[int, str]) -> str:
    """Return the name of one who acted."""
    kind, _, key = who.partition(":")
    if kind == "person":
        return people.get(int(key), "a person")
    if kind == "credential":
        return f"key {key}"
    return "the portal"


@dataclass(frozen=True)
class Broken:
    """A rule that was broken: what is wrong, on how many rows, and where it is explained."""

    table: str
    rule: str
    item: str
    severity: str
    count: int
    message: str
    place: str

    @property
    def tone(self) -> Tone:
        """The tone it is shown in."""
        return "warn" if self.severity == "warning" else "bad"


def first_findings(submission: Submission, shown: int = 4) -> tuple[list[Broken], int]:
    """Return the rules broken most, while the checks run and after, and how many rules in all."""
    if submission.state == State.CHECKING:
        rows = submission.progress.get("rules", [])[:shown]
        return [_broken(submission, row) for row in rows], submission.progress.get("broken", 0)
    counted = submission.rules.order_by("-count")
    values = counted.values_list("table", "rule", "item", "severity", "count")[:shown]
    return [_broken(submission, row) for row in values], submission.rules.count()


def _broken(submission: Submission, counted: tuple[str, str, str, str, int]) -> Broken:
    """Return a broken rule with its sentence from the specification."""
    table, rule, item, severity, count = counted
    known = load_data_set(submission.data_set, submission.version).tables[table].rules
    for one in known:
        if one.code == rule:
            return Broken(table, rule, item, severity, count, one.message, rule)
    message = _ITEM_CHECKS.get(rule.rpartition("-")[2], "")
    return Broken(table, rule, item, severity, count, message, item)


def say(submission: Submission) -> str:
    """Return what is read out to somebody who cannot see the page, when it changes."""
    said = f"Submission {submission.reference}: {tag(submission).text}"
    if submission.state in CAME_TO_NOTHING or not submission.records:
        return f"{said}."
    rows = number(submission.records)
    if submission.state == State.CHECKING and (read := rows_read(submission)):
        return f"{said}, {number(read)} of {rows} rows."
    return f"{said}, {rows} rows."


def rows_read(submission: Submission) -> int:
    """Return how many rows have been checked so far."""
    return sum(submission.progress.get("rows", {}).values())
