"""Pages and the API of the AGEM instance."""

from django.urls import include, path

from portal import specification_pages
from portal.urls.handlers import *  # noqa: F403 - Django looks for the handlers here
from portal.urls.rooms import room

urlpatterns = [
    path(
        "specification/<str:version>/<str:table>.csv",
        specification_pages.template,
        name="specification_template",
    ),
    path("", include("portal.urls.shared")),
    *room("submissions.urls"),
    *room("submissions.api_urls", "api/"),
]
