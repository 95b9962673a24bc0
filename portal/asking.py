"""Ask for a role, and decide about it: two people for the weightiest, never the one who asks."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal import audit
from portal.access import APPROVE, has_power, may, providers_of
from portal.grants import ForbiddenGrant, grant
from portal.messages import tell
from portal.models import AccessRequest, Approval, Grant, Organisation, Provider, User
from portal.models.access import RequestState
from portal.roles import ROLES, Role, is_here

INSTEAD = {"record_viewer": "aggregate_viewer"}


class ForbiddenDecision(Exception):
    """A decision that this person may not take; its message is the user's sentence."""


@transaction.atomic
def ask(
    person: User,
    role: str,
    *,
    reason: str,
    provider: Provider | None = None,
    organisation: Organisation | None = None,
) -> AccessRequest:
    """Put a request before those who decide; asking twice is asking once.

    Raises ForbiddenGrant for a role that cannot be asked for, or is held already.
    """
    wanted = ROLES.get(role)
    if wanted is None or not is_here(wanted) or not wanted.may_be_asked_for:
        raise ForbiddenGrant("There is no such role to ask for.")
    place = {"role": role, "provider": provider, "organisation": organisation}
    if Grant.objects.in_force().filter(person=person, **place).exists():
        raise ForbiddenGrant("You have this role already.")
    request, made = AccessRequest.objects.get_or_create(
        person=person, state=RequestState.WAITING, **place, defaults={"reason": reason}
    )
    if made:
        tell(deciders(request), f"{person} asks for a role: {wanted.title}", "portal:waiting")
        audit.record(
            audit.Event.ACCESS_REQUESTED,
            actor=person,
            provider=provider,
            request_number=request.pk,
            role=role,
        )
    return request


def waiting_for(person: User) -> QuerySet[AccessRequest]:
    """Return the requests that wait for a person's decision."""
    waiting = (
        AccessRequest.objects.filter(state=RequestState.WAITING)
        .exclude(person=person)
        .exclude(approvals__approver=person)
        .select_related("person", "provider", "organisation")
    )
    if has_power(person, "administer"):
        return waiting
    return waiting.filter(provider__in=providers_of(person, APPROVE))


def may_decide(person: User, request: AccessRequest) -> bool:
    """Say whether somebody has the standing to decide about a request."""
    if person.pk == request.person_id:
        return False
    if has_power(person, "administer"):
        return True
    return request.provider is not None and may(person, APPROVE, request.provider)


@transaction.atomic
def decide(
    request: AccessRequest, *, by: User, approve: bool, note: str = "", instead: bool = False
) -> AccessRequest:
    """Take one person's decision; the role is granted once as many have agreed as it needs.

    `instead` approves the lesser role that INSTEAD names. Raises ForbiddenDecision.
    """
    request = AccessRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if request.state != RequestState.WAITING:
        raise ForbiddenDecision("This request has been decided already.")
    if not may_decide(by, request):
        raise ForbiddenDecision("Nobody can approve their own request, or one for others' data.")
    if instead:
        request.role = INSTEAD.get(request.role, request.role)
        request.save(update_fields=["role"])
    decision, first_time = Approval.objects.get_or_create(
        request=request, approver=by, defaults={"approved": approve, "note": note}
    )
    if not first_time:
        raise ForbiddenDecision("You have decided about this request already: somebody else must.")
    if not approve:
        _close(request, RequestState.REFUSED)
    audit.record(
        audit.Event.ACCESS_APPROVED if approve else audit.Event.ACCESS_REFUSED,
        actor=by,
        provider=request.provider,
        request_number=request.pk,
        person=request.person_id,
        role=request.role,
        decision=decision.pk,
    )
    if approve:
        _grant_if_enough(request, ROLES[request.role])
    return request


def deciders(request: AccessRequest) -> QuerySet[User]:
    """Return the people to tell of a request."""
    place = Q(role="administrator")
    if request.provider is not None:
        place = Q(role="provider_approver", provider=request.provider)
    standing = Grant.objects.in_force().filter(place).exclude(person=request.person)
    return User.objects.filter(pk__in=standing.values("person"))


def _grant_if_enough(request: AccessRequest, role: Role) -> None:
    approvers = [row.approver for row in request.approvals.select_related("approver")]
    if len(approvers) < role.approvals:
        return
    request.grant = grant(
        request.person,
        role.name,
        provider=request.provider,
        organisation=request.organisation,
        by=approvers[0],
        second=approvers[1] if len(approvers) > 1 else None,
        reason=request.reason,
    )
    _close(request, RequestState.APPROVED)


def _close(request: AccessRequest, state: RequestState) -> None:
    request.state, request.decided_at = state, timezone.now()
    request.save(update_fields=["state", "decided_at", "grant"])
    tell([request.person], f"Your request {request} was {state.label.lower()}", "portal:account")
