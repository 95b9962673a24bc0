"""Pages and the API of the AGEM instance."""

from django.urls import include, path

from portal.urls.handlers import *  # noqa: F403 - Django looks for the handlers here
from portal.urls.rooms import room

urlpatterns = [
    path("", include("portal.urls.shared")),
    *room("submissions.urls"),
    *room("submissions.api_urls", "api/"),
]
