"""Take a file in by pieces, so that a broken connection costs no more than the last piece.

Each piece is encrypted and written down as it is complete.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from portal.models import Provider
from submissions.landing import Sender, begin, current_limits, current_store, touch
from submissions.models import Piece, Submission, Upload
from submissions.moves import move
from submissions.refusals import Refusal, TooLarge
from submissions.states import Mode, State
from submissions.store import FRAME, Stored, associate, open_for_writing

PIECE = 8 * 1024 * 1024
LIFE = timedelta(hours=24)
Read = Callable[[int], bytes]


class WrongOffset(Refusal):
    """Bytes that do not follow the ones that have come."""

    status = 409
    kind = "wrong-offset"
    title = "These bytes do not come next"
    remedy = "Ask with HEAD for Upload-Offset, and go on from there."


class WrongChecksum(Refusal):
    """A part whose checksum is not the one announced."""

    status = 460
    kind = "wrong-checksum"
    title = "The checksum does not match"
    remedy = "Send the part again."


def start_upload(
    provider: Provider, sender: Sender, *, mode: Mode, name: str, length: int
) -> Upload:
    """Begin an upload of a known length; its row in the history is written now. Raises TooLarge."""
    _check_size(length)
    with transaction.atomic():
        landing = begin(provider, sender, mode=mode)
        return _make(landing.submission, name, length)


@transaction.atomic
def add_upload(submission: Submission, *, name: str, length: int) -> Upload:
    """Begin the upload of one more file of a submission. Raises TooLarge or WrongOffset."""
    locked = Submission.objects.select_for_update().get(pk=submission.pk)
    if locked.state != State.RECEIVING:
        raise WrongOffset("The submission has been closed.")
    there = locked.uploads.aggregate(files=Count("pk"), bytes=Sum("length"))
    if there["files"] >= current_limits().files:
        raise TooLarge(f"A submission may hold {current_limits().files} files.")
    _check_size(length + (there["bytes"] or 0))
    return _make(locked, name, length)


def _make(submission: Submission, name: str, length: int) -> Upload:
    """Write down that a file is to come."""
    expires = timezone.now() + LIFE
    return Upload.objects.create(
        submission=submission, name=name, length=length, expires_at=expires
    )


def _check_size(length: int) -> None:
    """Hold a length against the limit. Raises TooLarge."""
    if length > current_limits().sent_bytes:
        raise TooLarge(f"A submission may hold {current_limits().sent_bytes:,} bytes.")


def append(upload: Upload, offset: int, read: Read) -> None:
    """Take bytes in at an offset, piece by piece, as long as they come. Raises WrongOffset."""
    if offset != upload.offset:
        raise WrongOffset(f"{upload.offset} bytes have come.")
    while upload.offset < upload.length and (stored := _store_piece(upload, read)):
        _write_down(upload, stored)
    touch(upload.submission)


def is_complete(upload: Upload) -> bool:
    """Whether every byte has come."""
    return upload.offset == upload.length


def terminate(upload: Upload, *, by: str, because: str) -> None:
    """Give an upload up: its pieces go, its row in the history stays."""
    if upload.submission.state == State.RECEIVING:
        move(upload.submission_id, State.INCOMPLETE, by=by, because=because)
    discard(upload)


def discard(upload: Upload) -> None:
    """Remove an upload with its pieces."""
    discard_pieces(upload)
    upload.delete()


def discard_pieces(upload: Upload) -> None:
    """Remove the pieces of an upload, keys first."""
    places = list(upload.pieces.values_list("place", flat=True))
    upload.pieces.all().delete()
    for place in places:
        current_store().place.remove(place)


def end_expired_uploads() -> int:
    """Give up the uploads whose day is over, and say how many there were."""
    expired = list(Upload.objects.filter(expires_at__lt=timezone.now()))
    for upload in expired:
        terminate(upload, by="worker", because="The upload was not completed within a day.")
    return len(expired)


def _store_piece(upload: Upload, read: Read) -> Stored | None:
    """Read and store the next piece; none when nothing more comes."""
    wanted = min(PIECE, upload.length - upload.offset)
    first = read(min(FRAME, wanted))
    if not first:
        return None
    submission = upload.submission
    writer = open_for_writing(
        current_store(),
        f"{submission.id}/piece-{uuid.uuid4()}",
        associate(submission.id, submission.provider_id),
    )
    try:
        data = first
        while data:
            writer.write(data)
            data = read(min(FRAME, wanted - writer.size)) if writer.size < wanted else b""
        return writer.finish()
    except BaseException:
        writer.drop()
        raise


def _write_down(upload: Upload, stored: Stored) -> None:
    """Write down a piece, if nobody else has written one at this offset. Raises WrongOffset."""
    with transaction.atomic():
        row = Upload.objects.filter(pk=upload.pk, offset=upload.offset)
        if not row.update(offset=upload.offset + stored.size):
            current_store().place.remove(stored.name)
            raise WrongOffset("Another request has sent these bytes.")
        Piece.objects.create(
            upload=upload,
            start=upload.offset,
            place=stored.name,
            wrapped_key=stored.wrapped_key,
            sha256=stored.sha256,
            bytes=stored.size,
        )
    upload.offset += stored.size
