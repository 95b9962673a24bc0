"""What administrators keep in order, through the same functions as the pages. No data is here."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from portal import governing, joining
from portal.administration import Form, Register, site
from portal.asking import ForbiddenDecision
from portal.audit import Event
from portal.grants import ForbiddenGrant, grant, refuse_approvers, refuse_nonsense, revoke
from portal.models import (
    AccessRequest,
    Agreement,
    Banner,
    CalendarException,
    Delegation,
    Grant,
    Organisation,
    Provider,
    Review,
    User,
)
from portal.roles import ROLES, roles_here


class Coded(Register):
    """Something with a code, which stays as it was first chosen."""

    changes = Event.ORGANISATION_CHANGED
    search_fields = ("code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Keep the code once it is chosen."""
        return ["code"] if obj else []


@admin.register(Organisation, site=site)
class Organisations(Coded):
    """Regions, boards, suppliers and national bodies."""

    list_display = ("code", "name", "kind")
    list_filter = ("kind",)


@admin.register(Provider, site=site)
class Providers(Coded):
    """Providers, with the days on which they opted in and left."""

    list_display = ("code", "name", "provider_type", "icb", "opted_in_on", "left_on")
    list_filter = ("provider_type", "region", "icb")


@admin.register(User, site=site)
class People(Register):
    """People; their roles are grants, and their passwords their own."""

    list_display = ("email", "name", "is_active", "last_login", "left_at")
    list_filter = ("is_active",)
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "last_login", "date_joined", "left_at")
    readonly_fields = ("is_active", "last_login", "date_joined", "left_at")
    actions = ("let_leave",)

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


class GrantForm(Form):
    """A grant, refused here where `grant` would refuse it."""

    role = forms.ChoiceField()
    by: User

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "role" in self.fields:
            choices = [(role.name, role.title) for role in roles_here() if role.may_be_asked_for]
            self.fields["role"] = forms.ChoiceField(choices=choices)

    def clean(self) -> dict[str, Any]:
        """Refuse what the rules of granting refuse, in their words."""
        cleaned = super().clean() or {}
        if person := cleaned.get("person"):
            role = ROLES.get(cleaned.get("role", ""))
            try:
                refuse_nonsense(person, role, cleaned.get("provider"), cleaned.get("organisation"))
                refuse_approvers(person, ROLES[cleaned["role"]], self.by, None)
            except ForbiddenGrant as refusal:
                raise ValidationError(str(refusal)) from refusal
        return cleaned


@admin.register(Grant, site=site)
class Grants(Register):
    """Who holds which role where; roles that need two people are asked for on the pages."""

    form = GrantForm
    may_be_changed = False
    list_display = ("person", "role", "provider", "organisation", "starts", "ends", "revoked_at")
    list_filter = ("role", "provider", "emergency")
    search_fields = ("person__email", "person__name")
    autocomplete_fields = ("person", "provider", "organisation")
    actions = ("renew", "take_away")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Ask for who, what, where and why; show all else."""
        if obj is None:
            return ["person", "role", "provider", "organisation", "reason"]
        return [field.name for field in Grant._meta.concrete_fields]  # noqa: SLF001 - documented

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **options: Any
    ) -> type[Form]:
        """Tell the form who grants."""
        form = super().get_form(request, obj, change=change, **options)
        form.by = request.user  # type: ignore[attr-defined] # the class is made for this request
        return form

    def save_model(self, request: HttpRequest, obj: Model, form: Form, change: bool) -> None:
        """Grant the role."""
        asked = form.cleaned_data
        obj.pk = grant(
            asked["person"],
            asked["role"],
            provider=asked["provider"],
            organisation=asked["organisation"],
            reason=asked["reason"],
            by=cast("User", request.user),
        ).pk

    @admin.action(description="Renew for the usual time")
    def renew(self, request: HttpRequest, queryset: QuerySet[Grant]) -> None:
        """Prolong the grants chosen."""
        for held in queryset:
            try:
                governing.renew(held, by=cast("User", request.user))
            except ForbiddenGrant as refusal:
                messages.error(request, str(refusal))

    @admin.action(description="Take away")
    def take_away(self, request: HttpRequest, queryset: QuerySet[Grant]) -> None:
        """Revoke the grants chosen."""
        for held in queryset.select_related("person"):
            revoke(held, by=cast("User", request.user), because="by an administrator")


@admin.register(Delegation, site=site)
class Delegations(Register):
    """Which supplier submits for which provider, from when until when."""

    may_be_changed = False
    list_display = ("supplier", "provider", "starts", "ends", "ended_at", "approved_by")
    list_filter = ("supplier",)
    search_fields = ("provider__name", "supplier__name")
    fields = ("provider", "supplier", "starts", "ends")
    actions = ("end",)

    def save_model(self, request: HttpRequest, obj: Model, form: Form, change: bool) -> None:
        """Delegate."""
        try:
            made = governing.delegate(by=cast("User", request.user), **form.cleaned_data)
        except ForbiddenDecision as refusal:
            messages.error(request, str(refusal))
        else:
            obj.pk = made.pk

    @admin.action(description="End now")
    def end(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> None:
        """End the delegations chosen."""
        for held in queryset.select_related("provider"):
            governing.end_delegation(held, by=cast("User", request.user))


@admin.register(Banner, site=site)
class Banners(Register):
    """Sentences that every page shows."""

    changes = Event.SETTING_CHANGED
    list_display = ("text", "starts", "ends")


@admin.register(CalendarException, site=site)
class CalendarExceptions(Register):
    """Days on which nothing is expected."""

    changes = Event.SETTING_CHANGED
    list_display = ("day", "provider", "reason")
    list_filter = ("provider",)
    date_hierarchy = "day"


class Seen(Register):
    """What administrators may look at, and only that."""

    may_be_added = may_be_changed = False


@admin.register(Agreement, site=site)
class Agreements(Seen):
    """Which provider accepted which agreement, by whom."""

    list_display = ("provider", "version", "accepted_at", "accepted_by", "withdrawn_at")


@admin.register(AccessRequest, site=site)
class Requests(Seen):
    """Requests for roles and where they stand; they are decided on the pages."""

    list_display = ("__str__", "person", "role", "provider", "state", "made_at", "decided_at")
    list_filter = ("state", "role")
    search_fields = ("person__email", "person__name")


@admin.register(Review, site=site)
class Reviews(Seen):
    """The evidence of quarterly reviews."""

    list_display = ("provider", "reviewer", "at", "kept", "removed")
    list_filter = ("provider",)
