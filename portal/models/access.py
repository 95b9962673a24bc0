"""Grants of roles, and how people come by them: requests, approvals, reviews and emergencies."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.models.history import keep_history
from portal.models.organisations import Organisation, Provider
from portal.models.people import User

GRANT_DAYS = 90
EMERGENCY_HOURS = 3


def default_end() -> datetime:
    """Return the time at which a grant made now ends, unless it says otherwise."""
    return timezone.now() + timedelta(days=GRANT_DAYS)


class GrantQuerySet(models.QuerySet["Grant"]):
    """Grants, and those of them that count."""

    def in_force(self, at: datetime | None = None) -> Self:
        """Return the grants that give access at a time (now)."""
        at = at or timezone.now()
        return self.filter(
            starts__lte=at, ends__gt=at, revoked_at=None, person__is_active=True
        ).exclude(provider__left_on__lte=timezone.localdate(at))


@keep_history()
class Grant(models.Model):
    """A person's role at a provider, an organisation or everywhere, from a time to a time."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=30)
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    starts = models.DateTimeField(default=timezone.now)
    ends = models.DateTimeField(default=default_end)
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="grants_approved"
    )
    reason = models.CharField(max_length=500)
    emergency = models.BooleanField(default=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="grants_revoked"
    )
    revoked_because = models.CharField(max_length=500, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["-starts"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="grant_ends_later"),
            models.CheckConstraint(
                condition=Q(provider=None) | Q(organisation=None), name="grant_at_one_place"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("person")),
                name="nobody_grants_themselves",
            ),
            models.UniqueConstraint(
                fields=["person", "role", "provider", "organisation"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="one_standing_grant_of_a_role",
            ),
        ]

    def __str__(self) -> str:
        place = self.provider_id or self.organisation_id or "everywhere"
        return f"{self.role} at {place}"


class RequestState(models.TextChoices):
    """Where a request for access stands."""

    WAITING = "waiting", "Waiting"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class AccessRequest(models.Model):
    """A person's wish for a role, with the reason, waiting for others to decide."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="requests")
    role = models.CharField(max_length=30)
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )
    reason = models.CharField(max_length=500)
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.WAITING)
    decided_at = models.DateTimeField(null=True, blank=True)
    grant = models.OneToOneField(
        Grant, on_delete=models.PROTECT, null=True, blank=True, related_name="request"
    )

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "provider", "organisation"],
                condition=Q(state="waiting"),
                nulls_distinct=False,
                name="one_waiting_request_of_a_role",
            )
        ]

    def __str__(self) -> str:
        return f"AR-{self.pk:05d}"


class Approval(models.Model):
    """One approver's decision about a request."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="approvals")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="approvals")
    approved = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "approver"], name="one_decision_of_an_approver"
            )
        ]

    def __str__(self) -> str:
        return f"{'Approved' if self.approved else 'Refused'} by {self.approver}"


class Review(models.Model):
    """The evidence that an approver looked through who can see a provider's data."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    at = models.DateTimeField(default=timezone.now)
    kept = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.provider_id}: {self.kept} kept, {self.removed} removed"


class Emergency(models.Model):
    """An operator's short access to one provider's submissions, seen by its approvers at once."""

    grant = models.OneToOneField(Grant, on_delete=models.PROTECT, related_name="because_of")
    reason = models.CharField(max_length=500)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="emergencies_seen"
    )

    class Meta:
        verbose_name_plural = "emergencies"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Emergency access {self.pk}"
