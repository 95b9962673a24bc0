"""Organisations, providers, banners and days off, kept as administrators write them."""

from typing import cast

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from portal import keeping
from portal.administration import Form, Register, site
from portal.audit import Event
from portal.models import Banner, CalendarException, Organisation, Provider, User


class Kept(Register):
    """A kind that is kept as it is written, with its event."""

    def save_model(self, request: HttpRequest, obj: Model, form: Form, change: bool) -> None:
        """Keep the thing."""
        by = cast("User", request.user)
        keeping.keep(cast("keeping.Kept", obj), by=by, request=request, changed=form.changed_data)


class Coded(Kept):
    """Something with a code, which stays as it was first chosen."""

    tells = (Event.ORGANISATION_CHANGED,)
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
    list_select_related = ("icb",)


@admin.register(Banner, site=site)
class Banners(Kept):
    """Sentences that every page shows."""

    tells = (Event.SETTING_CHANGED,)
    list_display = ("text", "starts", "ends")
    list_filter = ("starts", "ends")
    search_fields = ("text",)


@admin.register(CalendarException, site=site)
class CalendarExceptions(Kept):
    """Days on which nothing is expected."""

    tells = (Event.SETTING_CHANGED,)
    list_display = ("day", "provider", "reason")
    list_filter = ("provider",)
    list_select_related = ("provider",)
    search_fields = ("reason", "provider__code", "provider__name")
    date_hierarchy = "day"
