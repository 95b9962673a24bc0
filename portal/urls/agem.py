"""Pages and the API of the AGEM instance."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.urls.shared")),
]
