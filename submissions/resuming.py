"""Put the pieces of an upload together; the submission then goes to the door like any other."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from submissions.intake import Received, arrive
from submissions.landing import Landing, current_limits, current_store, take
from submissions.models import Submission, Upload
from submissions.pieces import discard, discard_pieces, is_complete
from submissions.refusals import IncompleteUpload, InFlight, Refusal
from submissions.states import Mode, State
from submissions.store import FRAME, Stored, associate, open_for_reading

LONGEST_JOINING = timedelta(minutes=10)


def complete(submission_id: UUID, mode: Mode | None = None) -> Received:
    """Put the pieces of every file together and bring the submission to the door, once.

    The uploads themselves stay until they expire, for a sender that did not hear the answer.
    Raises Refusal, InFlight among them while another request does the same.
    """
    submission = Submission.objects.select_related("duplicate_of").get(pk=submission_id)
    if submission.state != State.RECEIVING:
        return Received(submission.duplicate_of or submission, is_replay=True)
    uploads = list(submission.uploads.order_by("name"))
    if not all(is_complete(upload) for upload in uploads):
        raise IncompleteUpload("Some of the bytes have not come yet.")
    _claim(submission)
    submission.mode = mode or submission.mode
    landing = Landing(submission, current_store(), current_limits())
    try:
        received = arrive(landing, lambda: _take_all(landing, uploads))
    except Refusal:
        for upload in uploads:
            discard(upload)
        raise
    for upload in uploads:
        discard_pieces(upload)
    return received


def _claim(submission: Submission) -> None:
    """Let one request at a time put the pieces of a submission together. Raises InFlight."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    row = Submission.objects.filter(free, pk=submission.pk, state=State.RECEIVING)
    if not row.update(lease_until=now + LONGEST_JOINING):
        raise InFlight("Its files are being put together.", retry_after=2)


def _take_all(landing: Landing, uploads: Sequence[Upload]) -> None:
    """Take every file of a submission from its pieces."""
    for upload in uploads:
        take(landing, upload.name, _bytes_of(upload))


def _bytes_of(upload: Upload) -> Iterator[bytes]:
    """The bytes of all pieces, in order."""
    associated = associate(upload.submission_id, upload.submission.provider_id)
    for piece in upload.pieces.all():
        stored = Stored(
            piece.place, associated, bytes(piece.wrapped_key), piece.bytes, piece.sha256
        )
        with open_for_reading(current_store(), stored) as stream:
            while data := stream.read(FRAME):
                yield data
