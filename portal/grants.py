"""The only functions that give a role to a person, or take it away."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal import audit
from portal.memberships import synchronise
from portal.models import Grant, Organisation, Provider, User
from portal.models.access import default_end
from portal.roles import ROLES, Role, Scope, is_here

INSTALLATION = "installation"


class ForbiddenGrant(Exception):
    """A grant that the rules do not allow; its message is the user's sentence."""


@transaction.atomic
def grant(  # noqa: PLR0913 - a grant is who, what, where, until when, by whom and why
    person: User,
    role: str,
    *,
    by: User | None,
    reason: str,
    provider: Provider | None = None,
    organisation: Organisation | None = None,
    second: User | None = None,
    ends: datetime | None = None,
) -> Grant:
    """Give a person a role, or prolong it; `by` None is the installation itself.

    Raises ForbiddenGrant where the role, the place or the approvers are not as the role demands.
    """
    person = _lock(person)
    refuse_nonsense(person, ROLES.get(role), provider, organisation)
    refuse_approvers(person, ROLES[role], by, second)
    standing = Grant.objects.filter(
        person=person, role=role, provider=provider, organisation=organisation, revoked_at=None
    ).first()
    made = standing or Grant(person=person, role=role, provider=provider, organisation=organisation)
    made.ends, made.approved_by, made.reason = ends or default_end(), by, reason
    made.emergency = role == "emergency_operator"
    made.save()
    synchronise(person)
    audit.record(
        audit.Event.RENEWED if standing else audit.Event.GRANTED,
        actor=by or INSTALLATION,
        provider=provider,
        grant=made.pk,
        person=person.pk,
        role=role,
        organisation=organisation.code if organisation else None,
        second=second.pk if second else None,
        ends=made.ends.isoformat(),
        reason=reason,
    )
    return made


@transaction.atomic
def revoke(standing: Grant, *, by: User | None, because: str) -> None:
    """Take a role away; the person's sessions end at their next request."""
    person = _lock(standing.person)
    standing = Grant.objects.select_for_update(of=("self",)).get(pk=standing.pk)
    if standing.revoked_at is not None:
        return
    standing.revoked_at, standing.revoked_by = timezone.now(), by
    standing.revoked_because = because
    standing.save(update_fields=["revoked_at", "revoked_by", "revoked_because"])
    synchronise(person)
    audit.record(
        audit.Event.REVOKED,
        actor=by or INSTALLATION,
        provider=standing.provider,
        grant=standing.pk,
        person=person.pk,
        role=standing.role,
        because=because,
    )


def _lock(person: User) -> User:
    """Let one decision about a person's access happen at a time."""
    return User.objects.select_for_update().get(pk=person.pk)


def refuse_nonsense(
    person: User, role: Role | None, provider: Provider | None, organisation: Organisation | None
) -> None:
    """Raise ForbiddenGrant for a role, place or person that do not go together."""
    if role is None or not is_here(role):
        raise ForbiddenGrant("There is no such role on this instance.")
    place = {
        Scope.PROVIDER: provider is not None and organisation is None,
        Scope.ORGANISATION: organisation is not None and provider is None,
        Scope.EVERYWHERE: provider is None and organisation is None,
    }
    if not place[role.scope]:
        raise ForbiddenGrant(f"The role {role.title} is held at: {role.scope}.")
    if not person.is_active:
        raise ForbiddenGrant("A person who has left cannot be given a role.")
    clash = Q(role__in=role.never_with, provider=provider)
    if Grant.objects.in_force().filter(clash, person=person).exists():
        raise ForbiddenGrant("Nobody both approves access to a provider's data and submits it.")


def refuse_approvers(person: User, role: Role, by: User | None, second: User | None) -> None:
    """Raise ForbiddenGrant for too few approvers, or the person themselves among them."""
    if by is None:
        return
    approvers = {approver.pk for approver in (by, second) if approver is not None}
    if person.pk in approvers:
        raise ForbiddenGrant("Nobody can approve their own access.")
    if len(approvers) < role.approvals:
        raise ForbiddenGrant(f"The role {role.title} needs {role.approvals} approvers.")
