"""The submitter's pages, all under the address of their provider."""

from django.urls import path

from submissions import report_views, views

app_name = "submissions"

urlpatterns = [
    path("providers/<str:code>/", views.home, name="home"),
    path("providers/<str:code>/submit/", views.submit, name="submit"),
    path("providers/<str:code>/nil-return/", views.nil_return, name="home_nil"),
    path("providers/<str:code>/quality/", report_views.quality, name="quality"),
    path("providers/<str:code>/submissions/", views.index, name="index"),
    path("providers/<str:code>/submissions/<str:reference>/", views.one, name="index_one"),
    path(
        "providers/<str:code>/submissions/<str:reference>/progress/",
        views.progress,
        name="index_progress",
    ),
    path(
        "providers/<str:code>/submissions/<str:reference>/withdraw/",
        views.withdraw_one,
        name="index_withdraw",
    ),
    path(
        "providers/<str:code>/submissions/<str:reference>/report/",
        report_views.report,
        name="quality_report",
    ),
    path(
        "providers/<str:code>/submissions/<str:reference>/report/<str:part>/",
        report_views.report,
        name="quality_part",
    ),
]
