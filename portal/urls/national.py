"""Pages of the national instance; it has no data API at all."""

from django.urls import include, path

from portal.urls.handlers import *  # noqa: F403 - Django looks for the handlers here
from portal.urls.rooms import room

urlpatterns = [
    path("", include("portal.urls.shared")),
    *room("viewer.urls"),
]
