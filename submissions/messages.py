"""Tell people what became of a submission: written with the effect, sent afterwards."""

from submissions.models import Message, Submission
from submissions.states import Mode, State

TOLD = frozenset(
    {State.ACCEPTED, State.REJECTED, State.TRANSFERRED, State.FAILED, State.QUARANTINED}
)


def tell(submission: Submission) -> None:
    """Write down that people are to be told of a submission, in the caller's transaction."""
    if submission.mode == Mode.CHECK or submission.state not in TOLD:
        return
    Message.objects.create(
        kind=Message.Kind.EMAIL,
        template=submission.state,
        provider_id=submission.provider_id,
        submission=submission,
    )


def send_due() -> int:
    """Send the messages that are due."""
    return 0
