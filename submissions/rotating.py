"""Send every standing submission again under the active key, then have the other side switch."""

import uuid
from collections.abc import Iterable, Iterator

from django.conf import settings

from portal import audit
from portal.manifests import TransferKind, transfer_id
from portal.models import User
from pseudonymisation.sending import send_rotation
from pseudonymisation.witnessing import active_epoch
from submissions import apart, orders
from submissions.announcing import announcing
from submissions.models import Submission, Transfer
from submissions.pipeline import name_transfer
from submissions.states import Mode, State

SECONDS = 6 * 3600


class OriginalsGone(Exception):
    """Submissions whose files were shredded, so that they cannot be pseudonymised again."""

    def __init__(self, references: Iterable[str]) -> None:
        super().__init__(f"Their files are gone: {', '.join(references)}.")


def rotate(*, by: User) -> Iterator[tuple[str, int]]:
    """Take every provider's records over into the active epoch: provider and submissions sent.

    Raises OriginalsGone before anything of that provider is sent. Again is harmless.
    """
    epoch = active_epoch(settings.PSEUDONYM_KEYS_URL)
    standing = Submission.objects.filter(state=State.TRANSFERRED, mode=Mode.LIVE)
    for provider in sorted(set(standing.values_list("provider_id", flat=True))):
        sent = _rotate_provider(list(standing.filter(provider=provider)), epoch)
        audit.record(
            audit.Event.KEY_CHANGED, actor=by, provider=provider, act="rotate", epoch=epoch
        )
        yield provider, sent


def _rotate_provider(submissions: list[Submission], epoch: int) -> int:
    gone = [one.reference for one in submissions if not _has_originals(one)]
    if gone:
        raise OriginalsGone(gone)
    transfers = [_send_again(one, epoch) for one in submissions]
    provider = uuid.uuid5(uuid.NAMESPACE_OID, submissions[0].provider_id)
    name = transfer_id(provider, TransferKind.ROTATION, 0, epoch)
    with announcing(submissions, TransferKind.ROTATION, name, epoch) as sending:
        send_rotation(sending, transfers)
    return len(transfers)


def _has_originals(submission: Submission) -> bool:
    return submission.files.filter(kind="sent", shredded_at=None).exists()


def _send_again(submission: Submission, epoch: int) -> uuid.UUID:
    transfer = name_transfer(submission, Transfer.Kind.RECORDS, epoch)
    apart.run(
        "send",
        orders.to_send(submission, transfer, epoch),
        seconds=SECONDS,
        memory=settings.ERRAND_MEMORY,
        beat=lambda: None,
    )
    return uuid.UUID(str(transfer.transfer))
