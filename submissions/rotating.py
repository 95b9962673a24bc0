"""Send every standing submission again under the active key, then have the other side switch."""

import tempfile
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from portal import audit
from portal.manifests import Origin, TransferKind, transfer_id
from portal.models import User
from pseudonymisation.sending import Sending, send_rotation
from pseudonymisation.witnessing import active_epoch
from submissions import apart, orders
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
    _tell(submissions, transfers, epoch)
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


def _tell(submissions: list[Submission], transfers: list[uuid.UUID], epoch: int) -> None:
    """Send the word that the listed transfers take the place of all before."""
    first = submissions[0]
    provider = uuid.uuid5(uuid.NAMESPACE_OID, first.provider_id)
    origin = Origin(
        transfer=transfer_id(provider, TransferKind.ROTATION, 0, epoch),
        kind=TransferKind.ROTATION,
        submission=provider,
        reference=f"rotation {epoch}",
        provider=first.provider_id,
        period_start=min(one.period_start for one in submissions if one.period_start),
        period_end=max(one.period_end for one in submissions if one.period_end),
        data_set=first.data_set,
        version=first.version,
        slot_version=0,
        key_epoch=epoch,
        received_at=datetime.now(UTC),
        outcome="",
    )
    with tempfile.TemporaryDirectory() as folder:
        sending = Sending(
            origin=origin,
            header={},
            report=None,
            work=Path(folder),
            keys_url=settings.PSEUDONYM_KEYS_URL,
            signing_key=Path(settings.SIGNING_KEY_FILE),
            handover_url=settings.HANDOVER_URL,
        )
        send_rotation(sending, transfers)
