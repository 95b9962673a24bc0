"""Delete a submission's files so that no copy can be read: first the keys, then the bytes."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from portal import audit
from submissions.certificates import certify
from submissions.landing import current_store
from submissions.models import StoredFile, Submission

PERSONAL = (StoredFile.Kind.SENT, StoredFile.Kind.MASKS, StoredFile.Kind.FINDINGS)


def shred(submission: Submission, *, by: str, because: str) -> int:
    """Delete the keys and files that hold a submission's records; its report and history stay.

    Returns how many files there were. A copy of a file on a backup is noise without its key.
    """
    with transaction.atomic():
        files = list(submission.files.filter(kind__in=PERSONAL, shredded_at=None))
        if not files:
            return 0
        kept = submission.files.filter(pk__in=[file.pk for file in files])
        kept.update(wrapped_key=None, shredded_at=timezone.now())
        certificate = certify(submission, files, by=by, because=because)
        audit.record(
            audit.Event.MOVED,
            actor=by,
            provider=submission.provider_id,
            reference=submission.reference,
            shredded=len(files),
            certificate=certificate.pk,
            because=because,
        )
        place = current_store().place
        for file in files:
            transaction.on_commit(partial(place.remove, file.place))
    return len(files)
