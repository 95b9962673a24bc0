"""The steps of a submission's way as its page shows them, with times and true row counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portal.specification import load_data_set
from portal.wording import clock, number, plural, size
from submissions.models import Move, Submission
from submissions.moves import OVER
from submissions.presenting import OUTCOMES, STOPPED, Tag, rows_read
from submissions.states import Mode, State

StepState = Literal["done", "now", "waiting", "failed", "skipped"]


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


def steps(submission: Submission, moves: Sequence[Move]) -> list[Step]:
    """Return the steps of a submission's way, with the time each was reached."""
    at = {State(move.to): move.at for move in moves}
    checks = [_rows(submission, at), _across(submission, at)]
    return [_upload(submission, at), _format(submission, at), *checks, *_onward(submission, at)]


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
        found = plural(submission.fault_count, "fault")
        said = f"{found} found. Correct what is wrong and send all files again."
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


def _rows(submission: Submission, at: Mapping[State, datetime]) -> Step:
    """Return the step that checks every row, with how many it has checked."""
    title, state = "Rows", State(submission.state)
    ended = _rows_ended(submission, at)
    rows = plural(submission.records, "row")
    if ended:
        return Step(title, "done", clock(ended), f"{rows} checked against {_rules(submission)}.")
    if state in STOPPED:
        said = "We stopped the work and are looking into it."
        return Step(title, "failed", clock(at.get(state)), said)
    if state is State.CHECKING:
        return _rows_so_far(title, submission)
    if state in OVER:
        return Step(title, "skipped")
    return Step(title, "waiting", "waiting", "Every row against every rule of its table.")


def _rows_so_far(title: str, submission: Submission) -> Step:
    """Return the step of the rows while it runs."""
    read, rows = rows_read(submission), submission.records
    if not read:
        said = f"{plural(rows, 'row')} are about to be checked against {_rules(submission)}."
        return Step(title, "now", "now", said)
    found = submission.progress
    said = (
        f"{number(read)} of {plural(rows, 'row')} checked. {plural(found['errors'], 'error')} and"
        f" {plural(found['warnings'], 'warning')} so far."
    )
    return Step(title, "now", "now", said, share=min(100, read * 100 // max(rows, 1)))


def _across(submission: Submission, at: Mapping[State, datetime]) -> Step:
    """Return the step that holds the tables against each other, and the verdict it ends with."""
    title, state = "Tables against each other, and the verdict", State(submission.state)
    if State.REJECTED in at:
        said = "Rejected. The report says what to correct."
        return Step(title, "failed", clock(at[State.REJECTED]), said)
    if State.ACCEPTED in at:
        said = f"{OUTCOMES.get(submission.outcome, Tag('Accepted', 'good')).text}."
        return Step(title, "done", clock(at[State.ACCEPTED]), said)
    if not _rows_ended(submission, at):
        rests = state in OVER | STOPPED
        return Step(title, "skipped" if rests else "waiting", "" if rests else "waiting")
    if state in STOPPED:
        said = "We stopped the work and are looking into it."
        return Step(title, "failed", clock(at.get(state)), said)
    said = "Does every row have the row it belongs to, and do the totals agree?"
    return Step(title, "now", "now", said)


def _rows_ended(submission: Submission, at: Mapping[State, datetime]) -> datetime | None:
    """Return when the last row was checked, or the verdict if that was not noted."""
    if told := submission.progress.get("rows_read_at"):
        return datetime.fromisoformat(told)
    return at.get(State.REJECTED) or at.get(State.ACCEPTED)


def _rules(submission: Submission) -> str:
    """Return how many rules there are, in words."""
    data_set = load_data_set(submission.data_set, submission.version)
    return plural(sum(len(table.rules) for table in data_set.order), "rule")


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
