"""What administrators may look at alone: agreements, requests, reviews and emergencies."""

from datetime import datetime
from typing import cast

from django.contrib import admin
from django.db.models import Model, Q

from portal.admin.access import RoleFilter, place, role_title
from portal.administration import Seen, site
from portal.audit import Event
from portal.models import AccessRequest, Agreement, Emergency, Review


@admin.register(Agreement, site=site)
class Agreements(Seen):
    """Which provider accepted which agreement, by whom."""

    tells = (Event.AGREEMENT_ACCEPTED, Event.AGREEMENT_WITHDRAWN)
    list_display = ("provider", "version", "accepted_at", "accepted_by", "withdrawn_at")
    list_select_related = ("provider", "accepted_by")
    list_filter = ("version", "provider")
    search_fields = ("provider__code", "provider__name")

    def trail(self, thing: Model) -> Q:
        """Find the events of the provider's agreements."""
        return Q(event__in=self.tells, provider=cast("Agreement", thing).provider_id)


@admin.register(AccessRequest, site=site)
class Requests(Seen):
    """Requests for roles and where they stand; they are decided on the pages."""

    tells = (Event.ACCESS_REQUESTED, Event.ACCESS_APPROVED, Event.ACCESS_REFUSED)
    list_display = ("__str__", "person", role_title, place, "state", "made_at", "decided_at")
    list_select_related = ("person", "provider", "organisation")
    list_filter = ("state", RoleFilter, "provider")
    search_fields = ("person__email", "person__name")

    def trail(self, thing: Model) -> Q:
        """Find the events of a request."""
        return Q(event__in=self.tells, facts__request_number=thing.pk)


@admin.register(Review, site=site)
class Reviews(Seen):
    """The evidence of quarterly reviews."""

    tells = (Event.REVIEWED,)
    list_display = ("provider", "reviewer", "at", "kept", "removed")
    list_select_related = ("provider", "reviewer")
    list_filter = ("provider", "at")
    search_fields = ("provider__code", "provider__name", "reviewer__name")

    def trail(self, thing: Model) -> Q:
        """Find the events of the provider's reviews."""
        return Q(event__in=self.tells, provider=cast("Review", thing).provider_id)


@admin.register(Emergency, site=site)
class Emergencies(Seen):
    """Emergency access: by whom, to whose submissions, why, and who has seen that it was taken."""

    tells = (Event.EMERGENCY_ACCESS,)
    list_display = ("person", "provider", "reason", "began", "ends", "seen_at", "seen_by")
    list_select_related = ("grant__person", "grant__provider", "seen_by")
    list_filter = ("grant__provider",)
    search_fields = ("reason", "grant__person__name", "grant__provider__code")

    @admin.display(ordering="grant__person")
    def person(self, taken: Emergency) -> str:
        """Return who took it."""
        return str(taken.grant.person)

    @admin.display(ordering="grant__provider")
    def provider(self, taken: Emergency) -> str:
        """Return whose submissions were opened."""
        return str(taken.grant.provider)

    @admin.display(ordering="grant__starts")
    def began(self, taken: Emergency) -> datetime:
        """Return when it began."""
        return taken.grant.starts

    @admin.display(ordering="grant__ends")
    def ends(self, taken: Emergency) -> datetime:
        """Return when it ended by itself."""
        return taken.grant.ends

    def trail(self, thing: Model) -> Q:
        """Find the event of the emergency."""
        return Q(event__in=self.tells, facts__grant=cast("Emergency", thing).grant_id)
