"""What administrators see of submission keys and API clients: never a key; they take them back."""

from typing import cast

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.administration import Seen, site
from portal.audit import Event
from portal.models import User
from submissions.credentials import revoke
from submissions.models import Credential


@admin.register(Credential, site=site)
class Credentials(Seen):
    """Submission keys and clients: whose, made and last used when, good until when."""

    tells = (Event.CREDENTIAL_MADE, Event.CREDENTIAL_REVOKED)
    list_display = ("prefix", "kind", "organisation", "name", "standing", "used_at", "expires_at")
    list_filter = ("kind", "revoked_at", "expires_at", "used_at")
    search_fields = ("id", "organisation", "name")
    fields = (
        "prefix",
        "kind",
        "organisation",
        "name",
        "modes",
        "addresses",
        "made_by",
        "made_at",
        "used_at",
        "expires_at",
        "revoked_at",
        "standing",
    )
    actions = ("take_back",)

    @admin.display(description="begins with", ordering="id")
    def prefix(self, held: Credential) -> str:
        """Return how the key begins, which is no secret; a client is known by its id alone."""
        return f"csds_{held.pk}" if held.kind == Credential.Kind.KEY else held.pk

    @admin.display(description="state")
    def standing(self, held: Credential) -> str:
        """Return whether it still opens the door."""
        if held.revoked_at:
            return "Revoked"
        return "Expired" if held.expires_at <= timezone.now() else "Live"

    def trail(self, thing: Model) -> Q:
        """Find the events of a key."""
        return Q(event__in=self.tells, facts__credential=thing.pk)

    @admin.action(description="Revoke")
    def take_back(self, request: HttpRequest, queryset: QuerySet[Credential]) -> None:
        """Revoke the keys chosen; they stop working at once."""
        for held in queryset.filter(revoked_at=None):
            revoke(held, by=f"person:{cast('User', request.user).pk}")
