"""Tell people and machines what became of a submission: written with it, sent afterwards."""

from collections.abc import Mapping
from datetime import date
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from portal import outbox
from portal.models import Provider
from submissions import webhooks
from submissions.mail_choices import REMINDER, recipients
from submissions.models import Message, Submission
from submissions.refusals import Refusal
from submissions.states import Mode, State

TOLD_BY_MAIL = frozenset({State.REJECTED, State.TRANSFERRED, State.FAILED, State.QUARANTINED})
TOLD_BY_CALL = frozenset({State.ACCEPTED, *TOLD_BY_MAIL})
SUBJECTS: Mapping[str, str] = {
    State.REJECTED: "Submission {reference} was rejected",
    State.TRANSFERRED: "Submission {reference} has arrived",
    State.FAILED: "Submission {reference}: a fault of ours",
    State.QUARANTINED: "Submission {reference} was set aside",
    REMINDER: "Nothing has come for {day}",
}


def tell(submission: Submission) -> None:
    """Write down that people and machines are to be told, in the caller's transaction."""
    if submission.mode == Mode.CHECK:
        return
    if submission.state in TOLD_BY_MAIL:
        _write(submission, Message.Kind.EMAIL)
    if submission.state in TOLD_BY_CALL:
        for webhook in submission.provider.webhooks.filter(ended_at=None):
            _write(submission, Message.Kind.WEBHOOK, webhook=webhook, facts=_facts(submission))


def remind(provider: Provider, day: date) -> bool:
    """Write down, once, that a provider is to be reminded of a day."""
    _, made = Message.objects.get_or_create(
        provider=provider,
        template=REMINDER,
        facts={"day": day.isoformat()},
        defaults={"kind": Message.Kind.EMAIL},
    )
    return made


def send_due() -> int:
    """Send some of the messages that are due, and say how many were taken."""
    faults = (OSError, SMTPException, Refusal, webhooks.NotTaken)
    return outbox.send_due(Message.objects.all(), _send, faults)


def _send(message: Message) -> None:
    """Send a message the way it travels."""
    (_mail if message.kind == Message.Kind.EMAIL else webhooks.call)(message)


def _mail(message: Message) -> None:
    """E-mail those of a provider's submitters who want it: references and counts, and a link."""
    to = recipients(message.provider, message.template)
    if not to:
        return
    submission = message.submission
    facts = {
        "provider": message.provider,
        "submission": submission,
        "day": date.fromisoformat(message.facts["day"]) if "day" in message.facts else None,
        "origin": settings.PORTAL_ORIGIN,
    }
    subject = SUBJECTS[message.template].format(
        reference=submission.reference if submission else "", day=message.facts.get("day", "")
    )
    body = render_to_string(f"email/{message.template}.txt", facts)
    EmailMessage(subject=subject, body=body, bcc=to).send()


def _write(submission: Submission, kind: Message.Kind, **more: Any) -> None:  # noqa: ANN401
    """Write a message down."""
    Message.objects.create(
        kind=kind,
        template=submission.state,
        provider_id=submission.provider_id,
        submission=submission,
        **more,
    )


def _facts(submission: Submission) -> dict[str, Any]:
    """What a machine is told: references, states and counts."""
    counts = {
        row.table: {"received": row.received, "accepted": row.accepted, "rejected": row.rejected}
        for row in submission.tables.all()
    }
    return {
        "type": f"submission.{submission.state}",
        "timestamp": timezone.now().isoformat(),
        "data": {
            "reference": submission.reference,
            "provider": submission.provider_id,
            "mode": submission.mode,
            "state": submission.state,
            "outcome": submission.outcome,
            "tables": counts,
        },
    }
