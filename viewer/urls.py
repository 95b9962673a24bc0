"""Pages of the national instance; there is nothing here but pages."""

from django.urls import path

from viewer import views

app_name = "viewer"

_PROVIDER = "providers/<str:code>/"

urlpatterns = [
    path(_PROVIDER, views.dashboard, name="dashboard"),
    path(f"{_PROVIDER}quality/", views.quality, name="quality"),
    path(f"{_PROVIDER}quality/<str:reference>/", views.quality_report, name="quality_report"),
]
