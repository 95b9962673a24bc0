"""Put the pieces of an upload together; the submission then goes to the door like any other."""

from collections.abc import Iterator

from submissions.intake import Received, arrive
from submissions.landing import Landing, current_limits, current_store, take
from submissions.models import Submission, Upload
from submissions.pieces import discard, discard_pieces
from submissions.refusals import Refusal
from submissions.states import State
from submissions.store import FRAME, Stored, associate, open_for_reading


def complete(upload: Upload) -> Received:
    """Put the pieces together and bring the submission to the door, once. Raises Refusal.

    The upload itself stays until it expires, for a sender that did not hear the answer.
    """
    submission = Submission.objects.select_related("duplicate_of").get(pk=upload.submission_id)
    if submission.state != State.RECEIVING:
        return Received(submission.duplicate_of or submission, is_replay=True)
    landing = Landing(submission, current_store(), current_limits())
    try:
        received = arrive(landing, lambda: take(landing, upload.name, _bytes_of(upload)))
    except Refusal:
        discard(upload)
        raise
    discard_pieces(upload)
    return received


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
