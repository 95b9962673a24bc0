"""Addresses that both instances have: health, sign-in, administration and the portal's pages."""

from allauth.socialaccount.views import login_error
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from portal import health, passkeys
from portal.administration import site

urlpatterns = [
    path("healthz", health.is_alive, name="healthz"),
    path("readyz", health.is_ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path(
        "accounts/3rdparty/login/error/",
        login_not_required(login_error),
        name="socialaccount_login_error",
    ),
    path("accounts/passkey/", passkeys.sign_in, name="passkey_login"),
    path("accounts/", include("allauth.urls")),
    path("admin/", site.urls),
    path("specification/", include("portal.urls.specification")),
    path("", include("portal.urls.pages")),
]
