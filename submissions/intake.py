"""Take a submission in: history, store, door, queue. The sender waits no longer than that.

Wrong format is answered at once and leaves nothing but its row in the history.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone

from portal import audit
from portal.models import Provider
from portal.specification import load_data_set, version_in_force, versions
from submissions import limits
from submissions.bell import ring
from submissions.contents import contents
from submissions.landing import (
    Landing,
    Sender,
    abandon,
    begin,
    digest,
    drop_files,
    register,
)
from submissions.models import Submission
from submissions.moves import move
from submissions.packages import Examined, examine_files
from submissions.refusals import (
    IncompleteUpload,
    InFlight,
    Refusal,
    ReusedKey,
    WindowClosed,
    WrongFormat,
)
from submissions.states import ANSWERED, Mode, State
from submissions.streaming import read_body
from submissions.tallying import UnreadableFile

SHOWN_FAULTS = 100
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Received:
    """What came of an upload: a new submission, or the one that was there before."""

    submission: Submission
    is_duplicate: bool = False
    is_replay: bool = False


def receive(
    request: HttpRequest,
    provider: Provider,
    sender: Sender,
    *,
    mode: Mode = Mode.LIVE,
    idempotency_key: str = "",
) -> Received:
    """Take in the submission that is a request's body, form or file.

    A form from a page is also held against its CSRF token, and may name the mode in a field.
    Raises Refusal, WrongFormat among them, or PermissionDenied for a forged form.
    """
    limits.check_room(provider)
    landing = begin(provider, sender, mode=mode, idempotency_key=idempotency_key)

    def read() -> None:
        read_body(request, landing)
        if sender.via == "page":
            _check_token(request)
        _choose_mode(landing, request)

    return arrive(landing, read)


def arrive(landing: Landing, read: Callable[[], None]) -> Received:
    """Read an upload's bytes and bring it to the door; nothing stays of one that fails."""
    with _given_up(landing):
        read()
        return finish(landing)


def finish(landing: Landing) -> Received:
    """Check what has landed at the door, and queue it. Raises Refusal."""
    if landing.is_replay:
        return _replay(landing)
    if not landing.files:
        raise IncompleteUpload("There is no file in the request.")
    examined = _examine(landing)
    return _keep(landing, examined)


@contextmanager
def _given_up(landing: Landing) -> Iterator[None]:
    """Leave nothing of an upload that fails, but the reason in its history."""
    try:
        yield
    except WrongFormat as wrong:
        _refuse(landing, wrong)
        raise
    except WindowClosed as closed:
        abandon(landing, State.REFUSED, closed.title)
        raise
    except Refusal as refused:
        abandon(landing, State.INCOMPLETE, refused.title)
        raise
    except BaseException:
        abandon(landing, State.INCOMPLETE, "The upload was interrupted.")
        raise


def _examine(landing: Landing) -> Examined:
    """Check the format of everything that landed. Raises WrongFormat or WindowClosed."""
    name = landing.submission.data_set
    try:
        if landing.store is None:
            raise AssertionError("a replay is not examined")
        sources = contents(landing.store, landing.files, name)
        examined = examine_files(sources, name)
    except UnreadableFile as unreadable:
        raise WrongFormat(
            f"{unreadable.count:,} faults were found in the format. Mend them and send all the"
            " files again.",
            faults=unreadable.faults,
            count=unreadable.count,
            reference=landing.submission.reference,
        ) from unreadable
    _check_window(examined, name)
    return examined


def _check_window(examined: Examined, name: str) -> None:
    """Refuse a reporting period for which nothing is in force. Raises WindowClosed."""
    end = examined.heading.period_end
    if end is None or version_in_force(name, end):
        return
    first = load_data_set(name, versions(name)[0]).effective_from
    last = load_data_set(name, versions(name)[-1]).effective_to
    raise WindowClosed(
        f"The collection takes reporting periods that end from {first:%-d %B %Y} to"
        f" {last:%-d %B %Y}. Nothing was kept."
    )


def _replay(landing: Landing) -> Received:
    """Answer an idempotency key again. Raises InFlight or ReusedKey."""
    earlier = landing.submission
    if earlier.state == State.RECEIVING:
        raise InFlight("Wait until the other upload with this key has ended.", retry_after=2)
    if earlier.sha256 != digest(landing):
        raise ReusedKey("Use a new key for other content, or send the same content again.")
    return Received(earlier, is_replay=True)


@transaction.atomic
def _keep(landing: Landing, examined: Examined) -> Received:
    """Write down what landed and queue it, unless the same bytes are there already."""
    submission = landing.submission
    content = digest(landing)
    _lock_provider(submission.provider_id)
    first = _same_content(submission, content)
    submission.sha256 = content
    submission.bytes = landing.size
    submission.received_at = timezone.now()
    submission.records = sum(scan.records for scan in examined.scans.values())
    submission.version = examined.data_set.version
    submission.period_start = examined.heading.period_start
    submission.period_end = examined.heading.period_end
    submission.duplicate_of = first
    submission.save()
    if first:
        because = f"The same content came before as {first.reference}."
        move(submission.id, State.DUPLICATE, by=submission.by, because=because)
        transaction.on_commit(lambda: drop_files(landing))
        return Received(first, is_duplicate=True)
    register(landing)
    move(submission.id, State.RECEIVED, by=submission.by)
    _record(submission, audit.Event.SUBMITTED, landing.size)
    transaction.on_commit(ring)
    submission.state = State.RECEIVED
    return Received(submission)


def _same_content(submission: Submission, content: str) -> Submission | None:
    """The submission that holds the same bytes and stands, or is being worked on."""
    same = Submission.objects.filter(
        provider=submission.provider_id, mode=submission.mode, sha256=content, state__in=ANSWERED
    )
    return same.exclude(pk=submission.pk).order_by("received_at").first()


def _lock_provider(code: str) -> None:
    """Let one submission of a provider at a time past this point, until its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [code])


@transaction.atomic
def _refuse(landing: Landing, wrong: WrongFormat) -> None:
    """Remove the files and keep the error report, which holds no value, in the history."""
    submission = landing.submission
    faults = wrong.facts["faults"]
    submission.faults = [asdict(fault) for fault in faults[:SHOWN_FAULTS]]  # type: ignore[index]
    submission.fault_count = wrong.facts["count"]  # type: ignore[assignment]
    submission.bytes, submission.sha256 = landing.size, digest(landing)
    submission.received_at = timezone.now()
    submission.save()
    abandon(landing, State.REFUSED, wrong.title)
    _record(submission, audit.Event.REFUSED_AT_THE_DOOR, submission.fault_count)


def _record(submission: Submission, event: audit.Event, number: int) -> None:
    """Write to the audit trail what happened to a submission, and of how many bytes or faults."""
    audit.record(
        event,
        actor=submission.by,
        provider=submission.provider_id,
        reference=submission.reference,
        mode=submission.mode,
        number=number,
    )


def _choose_mode(landing: Landing, request: HttpRequest) -> None:
    """Take the mode from a form's field, if it has one."""
    said = request.POST.get("mode", "") if request.content_type == "multipart/form-data" else ""
    if said in Mode.values and not landing.is_replay and said != landing.submission.mode:
        landing.submission.mode = said
        landing.submission.save(update_fields=["mode"])


def _check_token(request: HttpRequest) -> None:
    """Hold a form against its CSRF token. The body is read by now. Raises PermissionDenied."""
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    guard = CsrfViewMiddleware(lambda _: None)  # type: ignore[arg-type]
    guard.process_request(request)
    if guard.process_view(request, _nothing, (), {}) is not None:
        raise PermissionDenied


def _nothing(*_: object) -> HttpResponse:
    """A view without exemption from CSRF."""
    return HttpResponse()
