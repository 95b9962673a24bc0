"""Pages of the national instance; it has no data API at all."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.urls.shared")),
]
