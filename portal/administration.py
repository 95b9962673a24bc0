"""The administrators' own site: only what is registered here, behind the portal's own sign-in."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Field, Model, Q
from django.forms import Field as FormField
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.access import has_power
from portal.audit import Event
from portal.histories import steps, told
from portal.models import User

if TYPE_CHECKING:
    Base = ModelAdmin[Model]
    Form = ModelForm[Model]
else:  # at run time Django's classes take no parameters
    Base, Form = ModelAdmin, ModelForm

_WINDOWS = ("can_add_related", "can_change_related", "can_delete_related", "can_view_related")


class Administration(AdminSite):
    """Django's admin for people with the power to administer; for others it is not there."""

    site_header = site_title = "Administration"
    index_title = "Organisations, people and access"
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Let administrators in."""
        return has_power(request.user, "administer")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the frame of the portal's own pages."""
        from portal.navigation import frame  # noqa: PLC0415 - the menu names this site

        return {**super().each_context(request), "frame": frame(request)}

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Use the portal's sign-in; to somebody signed in without the power there is no admin."""
        if request.user.is_authenticated:
            raise Http404
        return redirect("account_login")

    def logout(  # type: ignore[override] # Django's own hint leaves out its redirects
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Use the portal's own page, whose events are in the trail."""
        return redirect("account_logout")

    def password_change(  # type: ignore[override] # as above
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Use the portal's own page, whose events are in the trail."""
        return redirect("account_change_password")


site = Administration(name="admin")


class Register(Base):
    """One kind of thing: seen and perhaps changed by administrators, never deleted or exported."""

    may_be_added = True
    may_be_changed = True
    tells: tuple[Event, ...] = ()  # the events of the trail that name a thing of this kind
    list_per_page = 50
    object_history_template = "admin/object_history.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the kind in the list of kinds."""
        return site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let administrators look."""
        return site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let administrators add, where adding makes sense."""
        return self.may_be_added and site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let administrators change, where changing makes sense."""
        return self.may_be_changed and site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Delete nothing: things end, and stay as history."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Head the list with what it lists."""
        title = str(self.opts.verbose_name_plural).capitalize()
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the states that the database kept, and what the trail says of the thing."""
        thing = self.get_object(request, object_id)
        shown: dict[str, Any] = {"title": "History"}
        if thing is not None:
            title = f"History: {thing}"
            shown = {"title": title, "steps": steps(thing), "told": told(self.trail(thing))}
        return super().history_view(request, object_id, {**shown, **(extra_context or {})})

    def trail(self, thing: Model) -> Q:
        """Return how to find the events of the trail that name a thing."""
        kind = self.opts.model_name
        return Q(event__in=self.tells, facts__kind=kind, facts__key=str(thing.pk))

    def save_model(self, request: HttpRequest, obj: Model, form: Form, change: bool) -> None:
        """Write nothing by the way: each kind names the portal's own function that does."""
        raise PermissionDenied

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **options: Any
    ) -> type[Form]:
        """Tell the form who fills it in."""
        form = super().get_form(request, obj, change=change, **options)
        form.by = cast("User", request.user)  # type: ignore[attr-defined] # a class of this request
        return form

    def formfield_for_dbfield(
        self, db_field: "Field[Any, Any]", request: HttpRequest, **options: Any
    ) -> FormField | None:
        """Open no windows to other kinds: each has its own page."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        for name in _WINDOWS:
            if field is not None and hasattr(field.widget, name):
                setattr(field.widget, name, False)
        return field

    def log_addition(self, *_: Any, **__: Any) -> None:  # type: ignore[override] # not used
        """Keep no second trail: the audit trail has the event, with its chain."""

    def log_change(self, *_: Any, **__: Any) -> None:  # type: ignore[override] # not used
        """Keep no second trail: the audit trail has the event, with its chain."""


class Seen(Register):
    """What administrators may look at, and only that."""

    may_be_added = may_be_changed = False
