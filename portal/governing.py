"""What becomes of standing access: renewed, reviewed, ended, or taken in an emergency."""

from collections.abc import Collection
from datetime import date, timedelta

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal import audit
from portal.access import has_power
from portal.asking import ForbiddenDecision
from portal.grants import ForbiddenGrant, grant, revoke
from portal.messages import tell
from portal.models import (
    AGREEMENT_VERSION,
    Agreement,
    Delegation,
    Emergency,
    Grant,
    Organisation,
    Provider,
    Review,
    User,
)
from portal.models.access import EMERGENCY_HOURS, default_end

REVIEW_DAYS = 92
REMIND_DAYS = 14


@transaction.atomic
def renew(standing: Grant, *, by: User) -> None:
    """Prolong a grant by the usual time. Raises ForbiddenGrant for one's own, or one long over."""
    standing = Grant.objects.select_for_update(of=("self",)).get(pk=standing.pk)
    if standing.person_id == by.pk:
        raise ForbiddenGrant("Nobody can renew their own access.")
    if standing.revoked_at is not None or standing.emergency:
        raise ForbiddenGrant("This access is over: it must be asked for again.")
    standing.ends = default_end()
    standing.save(update_fields=["ends"])
    audit.record(
        audit.Event.RENEWED,
        actor=by,
        provider=standing.provider,
        grant=standing.pk,
        person=standing.person_id,
        role=standing.role,
    )


@transaction.atomic
def review(provider: Provider, *, by: User, remove: Collection[int]) -> Review:
    """Keep or remove each person with access to a provider; the review is the evidence."""
    standing = list(standing_at(provider))
    gone = [held for held in standing if held.pk in remove and held.person_id != by.pk]
    for held in gone:
        revoke(held, by=by, because="removed in a review")
    made = Review.objects.create(
        provider=provider, reviewer=by, kept=len(standing) - len(gone), removed=len(gone)
    )
    audit.record(
        audit.Event.REVIEWED, actor=by, provider=provider, kept=made.kept, removed=made.removed
    )
    return made


def standing_at(provider: Provider) -> QuerySet[Grant]:
    """Return the grants in force at a provider."""
    return (
        Grant.objects.in_force()
        .filter(provider=provider)
        .select_related("person", "approved_by")
        .order_by("role", "person__name")
    )


def review_is_due(provider: Provider) -> bool:
    """Say whether a quarter has passed since the last review."""
    since = timezone.now() - timedelta(days=REVIEW_DAYS)
    return not provider.reviews.filter(at__gte=since).exists()


@transaction.atomic
def take_emergency_access(person: User, provider: Provider, *, reason: str) -> Emergency:
    """Let an operator see one provider's submissions for three hours; its approvers hear at once.

    Raises ForbiddenDecision for anybody who does not operate the collection.
    """
    if not has_power(person, "operate_collection"):
        raise ForbiddenDecision("Only operators of the collection take emergency access.")
    earlier = Grant.objects.filter(person=person, provider=provider, emergency=True)
    for held in earlier.filter(revoked_at=None):
        revoke(held, by=person, because="taken again")
    ends = timezone.now() + timedelta(hours=EMERGENCY_HOURS)
    given = grant(
        person, "emergency_operator", provider=provider, by=None, reason=reason, ends=ends
    )
    made = Emergency.objects.create(grant=given, reason=reason)
    approvers = Grant.objects.in_force().filter(role="provider_approver", provider=provider)
    tell(
        User.objects.filter(pk__in=approvers.values("person")),
        f"An operator took emergency access to {provider.name}",
        "portal:home",
    )
    audit.record(
        audit.Event.EMERGENCY_ACCESS, actor=person, provider=provider, grant=given.pk, reason=reason
    )
    return made


@transaction.atomic
def accept_agreement(provider: Provider, *, by: User) -> None:
    """Accept the agreement in force for a provider; accepting twice is accepting once."""
    _, made = Agreement.objects.get_or_create(
        provider=provider,
        version=AGREEMENT_VERSION,
        withdrawn_at=None,
        defaults={"accepted_by": by},
    )
    if made:
        audit.record(
            audit.Event.AGREEMENT_ACCEPTED, actor=by, provider=provider, version=AGREEMENT_VERSION
        )


@transaction.atomic
def withdraw_agreement(provider: Provider, *, by: User, because: str) -> None:
    """End a provider's agreement: from the next request nothing of it is submitted or seen."""
    standing = Agreement.objects.filter(provider=provider, withdrawn_at=None)
    if standing.update(withdrawn_at=timezone.now()):
        audit.record(
            audit.Event.AGREEMENT_WITHDRAWN,
            actor=by,
            provider=provider,
            version=AGREEMENT_VERSION,
            because=because,
        )


@transaction.atomic
def delegate(
    provider: Provider, supplier: Organisation, *, by: User, starts: date, ends: date
) -> Delegation:
    """Let a supplier submit for a provider from a day to a day.

    Raises ForbiddenDecision if the person belongs to the supplier.
    """
    refuse_supplier(supplier, by)
    made = Delegation.objects.create(
        provider=provider, supplier=supplier, starts=starts, ends=ends, approved_by=by
    )
    audit.record(
        audit.Event.DELEGATED,
        actor=by,
        provider=provider,
        supplier=supplier.code,
        starts=starts.isoformat(),
        ends=ends.isoformat(),
    )
    return made


def refuse_supplier(supplier: Organisation, by: User) -> None:
    """Raise ForbiddenDecision if the person belongs to the supplier."""
    if Grant.objects.in_force().filter(person=by, organisation=supplier).exists():
        raise ForbiddenDecision("A supplier's own people cannot approve its delegation.")


@transaction.atomic
def end_delegation(delegation: Delegation, *, by: User) -> None:
    """End a delegation now; the supplier's people lose the provider at their next request."""
    ended = Delegation.objects.filter(pk=delegation.pk, ended_at=None)
    if ended.update(ended_at=timezone.now()):
        audit.record(
            audit.Event.DELEGATION_ENDED,
            actor=by,
            provider=delegation.provider,
            supplier=delegation.supplier_id,
        )


@transaction.atomic
def remind() -> int:
    """Tell people and their approvers, once, of roles that end in a fortnight; return how many.

    Meant for once a day: a role is told of on the one day that is a fortnight before its end.
    """
    day = timezone.localdate() + timedelta(days=REMIND_DAYS)
    ending = Grant.objects.in_force().filter(ends__date=day, emergency=False)
    for held in ending.select_related("person"):
        approvers = Grant.objects.in_force().filter(
            role="provider_approver", provider=held.provider_id or "-"
        )
        people = User.objects.filter(
            Q(pk=held.person_id) | Q(pk__in=approvers.values("person"))
        ).distinct()
        tell(people, f"The role of {held.person} ends on {day:%d.%m.%Y}", "portal:home")
    return len(ending)


@transaction.atomic
def leave(person: User, *, by: User | None) -> None:
    """End everything of a person who leaves: account, grants and sessions."""
    for held in Grant.objects.filter(person=person, revoked_at=None).select_related("person"):
        revoke(held, by=by, because="left")
    User.objects.filter(pk=person.pk).update(is_active=False, left_at=timezone.now())
    for session in UserSession.objects.filter(user=person):
        session.end()
    audit.record(audit.Event.PERSON_LEFT, actor=by or "installation", person=person.pk)
