"""Tell the other side something about a provider that is about no submission of its own."""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from portal.manifests import Origin, TransferKind
from pseudonymisation.sending import Sending
from pseudonymisation.witnessing import check_values
from submissions.models import Submission


@contextmanager
def announcing(
    submissions: Sequence[Submission], kind: TransferKind, name: uuid.UUID, epoch: int
) -> Iterator[Sending]:
    """What is needed to send a word of this kind about one provider's submissions."""
    first = submissions[0]
    origin = Origin(
        transfer=name,
        kind=kind,
        submission=uuid.uuid5(uuid.NAMESPACE_OID, first.provider_id),
        reference=f"{kind} {epoch}",
        provider=first.provider_id,
        period_start=min(one.period_start for one in submissions if one.period_start),
        period_end=max(one.period_end for one in submissions if one.period_end),
        data_set=first.data_set,
        version=max(one.version for one in submissions),
        slot_version=0,
        key_epoch=epoch,
        received_at=datetime.now(UTC),
        outcome="",
    )
    with tempfile.TemporaryDirectory() as folder:
        yield Sending(
            origin=origin,
            header={},
            report=None,
            work=Path(folder),
            keys_url=settings.PSEUDONYM_KEYS_URL,
            signing_key=Path(settings.SIGNING_KEY_FILE),
            handover_url=settings.HANDOVER_URL,
            witnessed=check_values(),
        )
