"""Pages of the national instance; there is nothing here but pages."""

from django.urls import path

from viewer import national_views, record_views, views

app_name = "viewer"

_PROVIDER = "providers/<str:code>/"

urlpatterns = [
    path(_PROVIDER, views.dashboard, name="dashboard"),
    path(f"{_PROVIDER}quality/", views.quality, name="quality"),
    path(f"{_PROVIDER}quality/<str:reference>/", views.quality_report, name="quality_report"),
    path("overview/", national_views.overview, name="overview"),
    path("evaluation/", national_views.evaluation, name="evaluation"),
    path(f"{_PROVIDER}compare/", national_views.compare, name="compare"),
    path("what-can-be-prevented/", views.cannot_prevent, name="cannot_prevent"),
    path(f"{_PROVIDER}records/", record_views.records, name="records"),
    path(f"{_PROVIDER}records/purpose/", record_views.purpose, name="records_purpose"),
    path(f"{_PROVIDER}records/find/", record_views.find, name="records_find"),
    path(f"{_PROVIDER}records/<str:table>/", record_views.table_page, name="records_table"),
    path(f"{_PROVIDER}person/<str:token>/", record_views.person, name="records_person"),
]
