"""Which e-mails each person gets about a provider: about what is accepted, rejected or missing."""

from collections.abc import Mapping

from django.db.models import QuerySet

from portal.models import Grant, Provider, User
from submissions.models import MailChoice
from submissions.states import State

REMINDER = "reminder"
# By the template of a message, the choice that decides whether it is sent to a person.
ASKED: Mapping[str, str] = {
    State.TRANSFERRED: "accepted",
    State.REJECTED: "rejected",
    State.FAILED: "rejected",
    State.QUARANTINED: "rejected",
    REMINDER: "missing",
}
KINDS: Mapping[str, tuple[str, str]] = {
    "accepted": ("Accepted", "When a submission has arrived on the national side"),
    "rejected": (
        "Rejected or stopped",
        "When a submission is rejected, set aside or stopped",
    ),
    "missing": ("Missing", "When the hour has passed by which a day is due, and nothing has come"),
}


def choice_of(person: User, provider: Provider) -> MailChoice:
    """Return what a person has chosen, or what holds until they choose."""
    found = MailChoice.objects.filter(person=person, provider=provider).first()
    return found or MailChoice(person=person, provider=provider)


def choose(person: User, provider: Provider, wanted: frozenset[str]) -> MailChoice:
    """Write down which kinds of e-mail a person wants about a provider."""
    chosen, _ = MailChoice.objects.update_or_create(
        person=person, provider=provider, defaults={kind: kind in wanted for kind in KINDS}
    )
    return chosen


def submitters(provider: Provider) -> QuerySet[User]:
    """Return those who hold the role of a submitter at a provider now: they alone get e-mails."""
    grants = Grant.objects.in_force().filter(role="submitter", provider=provider)
    return User.objects.filter(pk__in=grants.values("person"))


def recipients(provider: Provider, template: str) -> list[str]:
    """Return the addresses of a provider's submitters who want this message."""
    kind = ASKED[template]
    usual = getattr(MailChoice(), kind)
    chosen = dict(MailChoice.objects.filter(provider=provider).values_list("person", kind))
    people = submitters(provider)
    return sorted(person.email for person in people if chosen.get(person.pk, usual))


def told_when(person: User, provider: Provider) -> str:
    """Return when a person will be told of a submission, in words; empty if never."""
    if not submitters(provider).filter(pk=person.pk).exists():
        return ""
    choice = choice_of(person, provider)
    if choice.accepted and choice.rejected:
        return "of its result"
    if choice.rejected:
        return "if it is rejected"
    return "when it has arrived" if choice.accepted else ""
