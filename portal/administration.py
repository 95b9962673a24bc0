"""The administrators' own site: only what is registered here, behind the portal's own sign-in."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal import audit
from portal.access import has_power

if TYPE_CHECKING:
    Base = ModelAdmin[Model]
    Form = ModelForm[Model]
else:  # at run time Django's classes take no parameters
    Base, Form = ModelAdmin, ModelForm


class Administration(AdminSite):
    """Django's admin for people with the power to administer; for others it is not there."""

    site_header = site_title = "Community data portal: administration"
    index_title = "Organisations, people and access"
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Let administrators in."""
        return has_power(request.user, "administer")

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Use the portal's sign-in; to somebody signed in without the power there is no admin."""
        if request.user.is_authenticated:
            raise Http404
        return redirect("account_login")


site = Administration(name="admin")


class Register(Base):
    """One kind of thing: seen and perhaps changed by administrators, never deleted or exported."""

    changes: audit.Event | None = None
    may_be_added = True
    may_be_changed = True
    list_per_page = 50

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

    def save_model(self, request: HttpRequest, obj: Model, form: Form, change: bool) -> None:
        """Keep the thing, with its event in the same transaction."""
        super().save_model(request, obj, form, change)
        if self.changes is not None:
            audit.record(
                self.changes,
                actor=request.user,  # type: ignore[arg-type] # administrators are people
                request=request,
                kind=obj._meta.model_name,  # noqa: SLF001 - Django's documented interface
                key=str(obj.pk),
                fields=",".join(form.changed_data)[:200],
            )
