"""What a child process is told when it is sent on an errand: places, keys' places and numbers."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django.conf import settings

from portal.models import Delegation
from portal.specification import version_in_force, versions
from pseudonymisation.witnessing import check_values
from submissions.claims import Claim
from submissions.models import StoredFile, Submission, Transfer
from submissions.reports import stored
from submissions.states import STANDING, Mode, State
from submissions.store import Stored, associate


def to_judge(submission: Submission, held: Claim) -> dict[str, Any]:
    """The order to judge a submission."""
    previous = _previous(submission)
    report = stored(previous, StoredFile.Kind.REPORT) if previous else None
    return _order(submission) | {
        "place": f"{submission.id}/{held.fence}",
        "provider": submission.provider_id,
        "authorised": sorted(_authorised(submission)),
        "submitter": submission.submitter,
        "received_at": _when(submission),
        "versions_in_force": _in_force(submission.data_set, submission.period_end),
        "production": submission.mode == Mode.LIVE and not settings.DEMONSTRATION,
        "previous": plain(report) if report else None,
    }


def to_send(submission: Submission, transfer: Transfer, epoch: int) -> dict[str, Any]:
    """The order to send a submission's records, its report alone, or its withdrawal."""
    report = stored(submission, StoredFile.Kind.REPORT)
    masks = stored(submission, StoredFile.Kind.MASKS)
    if submission.period_start is None or submission.period_end is None:
        raise ValueError("A submission without a reporting period is not sent.")
    return _order(submission) | {
        "report": plain(report) if report else None,
        "masks": plain(masks) if masks else None,
        "keys_url": settings.PSEUDONYM_KEYS_URL,
        "signing_key": settings.SIGNING_KEY_FILE,
        "handover_url": settings.HANDOVER_URL,
        "witnessed": check_values(),
        "origin": {
            "transfer": str(transfer.transfer),
            "kind": transfer.kind,
            "submission": str(submission.id),
            "reference": submission.reference,
            "provider": submission.provider_id,
            "period_start": submission.period_start.isoformat(),
            "period_end": submission.period_end.isoformat(),
            "data_set": submission.data_set,
            "version": submission.version,
            "slot_version": submission.slot_version or 0,
            "key_epoch": epoch,
            "received_at": _when(submission),
            "outcome": submission.outcome,
        },
    }


def to_find(submission: Submission) -> dict[str, Any]:
    """The order to look through a submission's files."""
    return _order(submission)


def plain(stored_file: Stored) -> dict[str, Any]:
    """A stored file as JSON can say it."""
    return {**asdict(stored_file), "wrapped_key": stored_file.wrapped_key.hex()}


def _order(submission: Submission) -> dict[str, Any]:
    """What every errand needs to know of a submission."""
    associated = associate(submission.id, submission.provider_id)
    sent = submission.files.filter(kind=StoredFile.Kind.SENT, shredded_at=None)
    return {
        "store_url": settings.STORE_URL,
        "store_key_file": settings.STORE_KEY_FILE,
        "data_set": submission.data_set,
        "version": submission.version,
        "files": [[file.name, plain(file.stored(associated))] for file in sent],
        "associated": associated,
    }


def _previous(submission: Submission) -> Submission | None:
    """The submission whose report this one's is compared with: the last one judged before it."""
    judged = Submission.objects.filter(
        provider=submission.provider_id,
        data_set=submission.data_set,
        mode=submission.mode,
        received_at__lt=submission.received_at,
        state__in=[State.REJECTED, State.SUPERSEDED, *STANDING],
    )
    return judged.order_by("-received_at").first()


def _authorised(submission: Submission) -> set[str]:
    """The providers that the submitting organisation may send for."""
    if submission.submitter == submission.provider_id:
        return {submission.provider_id}
    delegated = Delegation.objects.in_force().filter(supplier=submission.submitter)
    return {submission.provider_id, *delegated.values_list("provider_id", flat=True)}


def _in_force(data_set: str, day: date | None) -> list[str]:
    """The versions in force for a day; all of them for an unknown day."""
    if day is None:
        return list(versions(data_set))
    version = version_in_force(data_set, day)
    return [version] if version else []


def _when(submission: Submission) -> str:
    """When a submission was received."""
    return (submission.received_at or submission.started_at).isoformat()
