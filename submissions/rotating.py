"""Take every provider's records over into the active key.

Standing submissions are pseudonymised again and the other side switches to them. Where originals
are gone, a key that wraps the one before takes over what is held: the other side says which
pseudonyms it holds, and is told what each is called from now on. Either way a person has one
pseudonym. The names pass once, through the hand-over store, and are kept on neither side.
"""

import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from portal import audit
from portal.handover import Acknowledgement, acknowledgements, clear, open_handover
from portal.manifests import TransferKind, read_verify_key, transfer_id
from portal.models import User
from pseudonymisation.key_stores import load_ring
from pseudonymisation.sending import send_new_names, send_question, send_rotation
from pseudonymisation.witnessing import active_epoch, check_values
from submissions import apart, orders
from submissions.announcing import announcing
from submissions.models import Submission, Transfer
from submissions.pipeline import name_transfer
from submissions.states import Mode, State

SECONDS = 6 * 3600
PATIENCE = timedelta(minutes=30)


class OriginalsGone(Exception):
    """Submissions whose files were shredded, and the active key wraps no earlier one."""

    def __init__(self, references: Iterable[str]) -> None:
        super().__init__(f"Their files are gone, and no key wraps: {', '.join(references)}.")


class NoAnswer(Exception):
    """The other side has not said which pseudonyms it holds; ask again later."""


@dataclass(frozen=True)
class Rotated:
    """What was done for a provider: submissions sent again, or pseudonyms given new names."""

    provider: str
    sent: int = 0
    renamed: int = 0


def rotate(*, by: User, patience: timedelta = PATIENCE) -> Iterator[Rotated]:
    """Take every provider's records over into the active epoch, one provider after the other.

    Raises OriginalsGone before anything of that provider is sent, and NoAnswer where the other
    side does not answer in time. Again is harmless.
    """
    epoch = active_epoch(settings.PSEUDONYM_KEYS_URL)
    standing = Submission.objects.filter(state=State.TRANSFERRED, mode=Mode.LIVE)
    for provider in sorted(set(standing.values_list("provider_id", flat=True))):
        theirs = list(standing.filter(provider=provider))
        gone = [one.reference for one in theirs if not _has_originals(one)]
        if not gone:
            rotated = Rotated(provider, sent=_send_all(theirs, epoch))
        elif _wraps(epoch):
            rotated = Rotated(provider, renamed=_rename_all(theirs, epoch, patience))
        else:
            raise OriginalsGone(gone)
        audit.record(
            audit.Event.KEY_CHANGED, actor=by, provider=provider, act="rotate", epoch=epoch
        )
        yield rotated


def _wraps(epoch: int) -> bool:
    ring = load_ring(settings.PSEUDONYM_KEYS_URL, check_values())
    return ring.by_epoch[epoch].wraps is not None


def _send_all(submissions: list[Submission], epoch: int) -> int:
    transfers = [_send_again(one, epoch) for one in submissions]
    name = _name_of(submissions, 0, epoch)
    with announcing(submissions, TransferKind.ROTATION, name, epoch) as sending:
        send_rotation(sending, transfers)
    return len(transfers)


def _rename_all(submissions: list[Submission], epoch: int, patience: timedelta) -> int:
    """Ask for the pseudonyms held, and tell their new names; return how many."""
    question, word = (_name_of(submissions, step, epoch) for step in (0, 1))
    with announcing(submissions, TransferKind.ROTATION, question, epoch) as sending:
        send_question(sending)
    asked = _answer_to(question, patience)
    if asked:
        with announcing(submissions, TransferKind.ROTATION, word, epoch) as sending:
            send_new_names(sending, asked)
    clear(open_handover(settings.HANDOVER_URL), question)
    return sum(len(names) for names in asked.values())


def _answer_to(question: uuid.UUID, patience: timedelta) -> Mapping[str, Sequence[str]]:
    """The pseudonyms the other side asks about; none where it has the new ones already."""
    shelf = open_handover(settings.HANDOVER_URL)
    key = read_verify_key(Path(settings.NATIONAL_VERIFY_KEY_FILE))
    ends = time.monotonic() + patience.total_seconds()
    with tempfile.TemporaryDirectory() as work:
        while shelf.names(f"outgoing/{question}"):
            for answer in acknowledgements(shelf, key, Path(work)):
                if isinstance(answer, Acknowledgement) and answer.transfer == question:
                    return answer.asked
            if time.monotonic() > ends:
                raise NoAnswer("The national side has not answered; give the command again.")
            time.sleep(1)
    return {}


def _name_of(submissions: list[Submission], step: int, epoch: int) -> uuid.UUID:
    """The name of a word about a provider's rotation: the same for the same step again."""
    provider = uuid.uuid5(uuid.NAMESPACE_OID, submissions[0].provider_id)
    return transfer_id(provider, TransferKind.ROTATION, step, epoch)


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
