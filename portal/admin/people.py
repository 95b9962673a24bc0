"""People's accounts: made, changed and ended, and never their passwords."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from portal import governing, joining
from portal.administration import Form, Register, site
from portal.audit import Event
from portal.models import User


@admin.register(User, site=site)
class People(Register):
    """People; their roles are grants, and their passwords their own."""

    tells = (Event.PERSON_ADDED, Event.PERSON_CHANGED, Event.PERSON_LEFT)
    list_display = ("email", "name", "is_active", "last_login", "left_at")
    list_filter = ("is_active", "last_login")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "last_login", "date_joined", "left_at")
    readonly_fields = ("is_active", "last_login", "date_joined", "left_at")
    actions = ("let_leave",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Ask for the address and the name; show all else of an account that is there."""
        return list(self.fields if obj else self.fields[:2])

    def trail(self, thing: Model) -> Q:
        """Find the events of a person's account."""
        return Q(event__in=self.tells, facts__person=thing.pk)

    def save_model(self, request: HttpRequest, obj: Model, form: Form, change: bool) -> None:
        """Make or change the account."""
        person, by = cast("User", obj), cast("User", request.user)
        if change:
            joining.change_person(person, by=by, request=request)
        else:
            obj.pk = joining.add_person(person.email, person.name, by=by, request=request).pk

    @admin.action(description="Leave: end account, roles and sessions")
    def let_leave(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End everything of the people chosen, but not one's own."""
        for person in queryset.exclude(pk=cast("User", request.user).pk):
            governing.leave(person, by=cast("User", request.user))
