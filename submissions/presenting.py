"""How a submission reads on a page: its state in words, its steps, its history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils import timezone

from portal.models import User
from portal.quality_words import Tone
from portal.wording import clock, number, plural, size
from submissions.models import Move, Submission
from submissions.moves import OVER
from submissions.states import Mode, State

STALLED_AFTER = timedelta(minutes=30)
StepState = Literal["done", "now", "waiting", "failed", "skipped"]
WORKING = frozenset(
    {State.RECEIVING, State.RECEIVED, State.CHECKING, State.PSEUDONYMISING, State.TRANSFERRING}
)
STOPPED = frozenset({State.FAILED, State.QUARANTINED})


@dataclass(frozen=True)
class Tag:
    """A state in words, and the tone it is shown in."""

    text: str
    tone: Tone


@dataclass(frozen=True)
class Step:
    """One step of a submission's way: where it stands, since when, and what is to be said."""

    title: str
    state: StepState
    time: str = ""
    said: str = ""
    share: int | None = None

    @property
    def says(self) -> str:
        """The state of the step for somebody who cannot see its mark."""
        return {
            "done": "done",
            "now": "in progress",
            "waiting": "waiting",
            "failed": "stopped here",
            "skipped": "not taken",
        }[self.state]


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
_OUTCOMES: Mapping[str, Tag] = {
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
    return _STATES.get(state) or _OUTCOMES.get(submission.outcome, Tag("Accepted", "good"))


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


def steps(submission: Submission, moves: Sequence[Move]) -> list[Step]:
    """Return the steps of a submission's way, with the time each was reached."""
    at = {State(move.to): move.at for move in moves}
    reached = [_upload(submission, at), _format(submission, at), _checks(submission, at)]
    return [*reached, *_onward(submission, at)]


def _upload(submission: Submission, at: Mapping[State, datetime]) -> Step:
    """Return the step of the upload, with its receipt."""
    if submission.state == State.RECEIVING:
        said = (
            f"{size(submission.bytes)} so far." if submission.bytes else "The files are arriving."
        )
        return Step("Received", "now", "now", said)
    if submission.received_at is None:
        return Step(
            "Received", "failed", clock(at.get(State.INCOMPLETE)), "The upload ended early."
        )
    said = f"{size(submission.bytes)}, SHA-256 {submission.sha256[:12]}…. Stored encrypted."
    if submission.state == State.REFUSED:
        said = f"{size(submission.bytes)}. Nothing was kept."
    return Step("Received", "done", clock(submission.received_at), said)


def _format(submission: Submission, at: Mapping[State, datetime]) -> Step:
    """Return the step at the door: names, encoding, headings and columns."""
    title = "Form of the files"
    if submission.state == State.REFUSED:
        said = (
            f"{plural(submission.fault_count, 'fault')} found. Mend them and send all files again."
        )
        return Step(title, "failed", clock(at.get(State.REFUSED)), said)
    if submission.state == State.DUPLICATE:
        return Step(
            title, "skipped", clock(at.get(State.DUPLICATE)), "The same content came before."
        )
    if State.RECEIVED not in at:
        waits = submission.state == State.RECEIVING
        return Step(title, "waiting" if waits else "skipped")
    said = f"{plural(submission.records, 'row')}; names and columns as in specification"
    said = f"{said} {submission.version}."
    return Step(title, "done", clock(at[State.RECEIVED]), said)


def _checks(submission: Submission, at: Mapping[State, datetime]) -> Step:
    """Return the step of the checks of rows and tables."""
    title = "Checks of rows and tables"
    state = State(submission.state)
    if state in STOPPED and State.ACCEPTED not in at:
        return Step(
            title, "failed", clock(at.get(state)), "We stopped the work and are looking into it."
        )
    if State.REJECTED in at:
        return Step(
            title, "failed", clock(at[State.REJECTED]), "Rejected. The report says what to correct."
        )
    if State.ACCEPTED in at:
        said = f"{_OUTCOMES.get(submission.outcome, Tag('Accepted', 'good')).text}."
        return Step(title, "done", clock(at[State.ACCEPTED]), said)
    if state is State.CHECKING:
        said = f"{plural(submission.records, 'row')} are being checked against every rule."
        return Step(title, "now", "now", said)
    if state in OVER:
        return Step(title, "skipped")
    return Step(title, "waiting", "waiting", "Every row, then the tables against each other.")


def _onward(submission: Submission, at: Mapping[State, datetime]) -> Iterator[Step]:
    """Yield the steps after acceptance; a check or a test takes none of them."""
    titles = ("Pseudonymised", "Sent to the national side", "Received there")
    if submission.mode != Mode.LIVE:
        said = "Not taken by a check: nothing is kept or sent on."
        if submission.mode == Mode.TEST:
            said = "Not taken by a test: nothing is sent on."
        yield from (Step(title, "skipped", "", said) for title in titles)
        return
    times = (at.get(State.TRANSFERRING), at.get(State.TRANSFERRING), at.get(State.TRANSFERRED))
    about = (
        "Identifiers become keyed pseudonyms, dates of birth ages, postcodes areas.",
        "Sealed and signed; only the columns that the specification sends.",
        "Loaded and counted; the viewers of your data can see it.",
    )
    is_stopped = State(submission.state) in OVER | STOPPED
    running = {State.PSEUDONYMISING: 0, State.TRANSFERRING: 2}.get(State(submission.state))
    for place, title in enumerate(titles):
        if times[place] is not None:
            yield Step(title, "done", clock(times[place]), about[place])
        elif running == place:
            yield Step(title, "now", "now", about[place])
        else:
            yield Step(
                title, "skipped" if is_stopped else "waiting", "" if is_stopped else "waiting"
            )


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


def say(submission: Submission) -> str:
    """Return what is read out to somebody who cannot see the page, when it changes."""
    count = number(submission.records)
    rows = f", {count} rows" if submission.records else ""
    return f"Submission {submission.reference}: {tag(submission).text}{rows}."
