"""Grants and delegations: given, renewed and ended by the functions that the pages use."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from portal import governing
from portal.administration import Form, Register, site
from portal.asking import ForbiddenDecision
from portal.audit import Event
from portal.grants import ForbiddenGrant, grant, refuse_approvers, refuse_nonsense, revoke
from portal.models import AccessRequest, Delegation, Grant, User
from portal.roles import ROLES, roles_here


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


@admin.display(description="role", ordering="role")
def role_title(thing: Model) -> str:
    """Return the role of a grant or request as people call it."""
    return ROLES[cast("Grant | AccessRequest", thing).role].title


@admin.display(description="at", ordering="provider")
def place(thing: Model) -> str:
    """Return where a role is held, or asked for."""
    held = cast("Grant | AccessRequest", thing)
    return str(held.provider or held.organisation or "everywhere")


class RoleFilter(admin.SimpleListFilter):
    """The roles of this instance, by the names that people call them."""

    title, parameter_name = "role", "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the roles."""
        return [(role.name, role.title) for role in roles_here()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the role chosen."""
        return queryset.filter(role=self.value()) if self.value() else queryset


@admin.register(Grant, site=site)
class Grants(Register):
    """Who holds which role where; roles that need two people are asked for on the pages."""

    form = GrantForm
    tells = (Event.GRANTED, Event.RENEWED, Event.REVOKED, Event.EMERGENCY_ACCESS)
    may_be_changed = False
    list_display = ("person", role_title, place, "ends", "approved_by", "revoked_at")
    list_select_related = ("person", "provider", "organisation", "approved_by")
    list_filter = (RoleFilter, "provider", "emergency", "ends")
    search_fields = ("person__email", "person__name", "provider__code", "provider__name")
    autocomplete_fields = ("person", "provider", "organisation")
    actions = ("renew", "take_away")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Ask for who, what, where and why; show all else."""
        if obj is None:
            return ["person", "role", "provider", "organisation", "reason"]
        names = [field.name for field in Grant._meta.concrete_fields]  # noqa: SLF001 - documented
        return [role_title if name == "role" else name for name in names if name != "id"]

    def trail(self, thing: Model) -> Q:
        """Find the events of a grant."""
        return Q(event__in=self.tells, facts__grant=thing.pk)

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


class DelegationForm(Form):
    """A delegation, refused here where `delegate` would refuse it."""

    by: User

    def clean(self) -> dict[str, Any]:
        """Refuse what the rules of delegating refuse, in their words."""
        cleaned = super().clean() or {}
        if supplier := cleaned.get("supplier"):
            try:
                governing.refuse_supplier(supplier, self.by)
            except ForbiddenDecision as refusal:
                raise ValidationError(str(refusal)) from refusal
        return cleaned


@admin.register(Delegation, site=site)
class Delegations(Register):
    """Which supplier submits for which provider, from when until when."""

    form = DelegationForm
    tells = (Event.DELEGATED, Event.DELEGATION_ENDED)
    may_be_changed = False
    list_display = ("supplier", "provider", "starts", "ends", "ended_at", "approved_by")
    list_select_related = ("supplier", "provider", "approved_by")
    list_filter = ("supplier", "provider", "ends")
    search_fields = ("provider__code", "provider__name", "supplier__code", "supplier__name")
    actions = ("end",)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Ask for both parties and the days; show who approved it and when it ended."""
        asked = ["provider", "supplier", "starts", "ends"]
        return [*asked, "approved_by", "ended_at"] if obj else asked

    def trail(self, thing: Model) -> Q:
        """Find the events of the two parties' delegations."""
        held = cast("Delegation", thing)
        return Q(event__in=self.tells, provider=held.provider_id, facts__supplier=held.supplier_id)

    def save_model(self, request: HttpRequest, obj: Model, form: Form, change: bool) -> None:
        """Delegate."""
        obj.pk = governing.delegate(by=cast("User", request.user), **form.cleaned_data).pk

    @admin.action(description="End now")
    def end(self, request: HttpRequest, queryset: QuerySet[Delegation]) -> None:
        """End the delegations chosen."""
        for held in queryset.select_related("provider"):
            governing.end_delegation(held, by=cast("User", request.user))
