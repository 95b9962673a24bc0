"""Addresses that both instances have: health, sign-in, administration and the portal's pages."""

from django.urls import include, path

from portal import health

urlpatterns = [
    path("healthz", health.is_alive, name="healthz"),
    path("readyz", health.is_ready, name="readyz"),
    path("accounts/", include("allauth.urls")),
    path("", include("portal.urls.pages")),
]
