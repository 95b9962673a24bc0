"""Alarms on odd reading: written to the trail, and sent to those who must know by the worker.

What is odd is decided where it is seen; here an alarm is raised once a day for each person,
provider and kind, in the transaction of the page that raised it.
"""

from datetime import timedelta
from enum import StrEnum
from smtplib import SMTPException
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal import audit, outbox
from portal.models import Alarm, AuditEvent, Grant, Provider, User

if TYPE_CHECKING:
    from collections.abc import Mapping


class Oddity(StrEnum):
    """What is odd about somebody's reading; each has its sentence in SENTENCES."""

    ABOVE_HABIT = "above_habit"
    QUIET_HOURS = "quiet_hours"
    MANY_PERSONS = "many_persons"
    BUDGET_NEARLY_SPENT = "budget_nearly_spent"
    BUDGET_SPENT = "budget_spent"
    REFUSALS = "refusals"


SENTENCES: "Mapping[Oddity, str]" = {
    Oddity.ABOVE_HABIT: "Far more records were opened than this person usually opens in a day.",
    Oddity.QUIET_HOURS: "Records were opened at an hour at which hardly anybody works.",
    Oddity.MANY_PERSONS: "The journeys of many different persons were opened in a day.",
    Oddity.BUDGET_NEARLY_SPENT: "The limit of records to view was nearly reached.",
    Oddity.BUDGET_SPENT: "The limit of records to view was reached, and more was asked for.",
    Oddity.REFUSALS: "Many pages were asked for in a row that this person may not see.",
}


def raise_alarm(
    kind: Oddity,
    person: User,
    provider: Provider | None,
    request: HttpRequest | None = None,
    **facts: audit.Fact,
) -> bool:
    """Write an alarm and its audit event, unless it was raised today; say whether it is new."""
    code = provider.code if provider else ""
    with transaction.atomic():
        _, made = Alarm.objects.get_or_create(
            kind=kind.value,
            person=person.pk,
            organisation=code,
            day=timezone.localdate(),
            defaults={"addresses": _addresses(person, provider)},
        )
        if made:
            audit.record(
                audit.Event.ALARM_RAISED,
                actor=person,
                provider=provider,
                request=request,
                using="default",
                alarm=kind.value,
                **facts,
            )
    return made


def watch_refusals(person: User, request: HttpRequest) -> None:
    """Raise an alarm when a person has been refused too often in a short time."""
    limits = settings.ALARMS
    since = timezone.now() - timedelta(minutes=limits["refusal_minutes"])
    refused = AuditEvent.objects.filter(
        actor=f"person:{person.pk}", event=audit.Event.REFUSED, at__gte=since
    ).count()
    if refused >= limits["refusals"]:
        raise_alarm(Oddity.REFUSALS, person, None, request, refusals=refused)


def send_due() -> int:
    """Send some of the alarms that are due, and say how many were taken."""
    return outbox.send_due(Alarm.objects.all(), _mail, (OSError, SMTPException))


def _mail(alarm: Alarm) -> None:
    """E-mail an alarm; the message says that there is one and where, and nothing else."""
    page = f"{settings.PORTAL_ORIGIN}{reverse('portal:home')}"
    place = f" at {alarm.organisation}" if alarm.organisation else ""
    subject = f"Odd reading was noticed{place}"
    text = f"{SENTENCES[Oddity(alarm.kind)]}\n\nSign in to see who and when:\n{page}\n"
    if alarm.addresses:
        EmailMessage(
            f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject}", text, bcc=alarm.addresses
        ).send()


def _addresses(person: User, provider: Provider | None) -> list[str]:
    """Return the addresses of the provider's approvers and the auditors, not the person's own."""
    wanted = Q(role="auditor")
    if provider is not None:
        wanted |= Q(role="provider_approver", provider=provider)
    standing = Grant.objects.in_force().filter(wanted).exclude(person=person)
    return sorted(set(standing.values_list("person__email", flat=True)))
