"""The submitter's pages, all under the address of their provider."""

from django.urls import path

from submissions import (
    api_pages,
    compare_views,
    explaining_views,
    mail_views,
    operating,
    report_views,
    row_views,
    submit_views,
    upload_views,
    views,
)

app_name = "submissions"

urlpatterns = [
    path("operations/<str:reference>/retry/", operating.retry, name="operations_retry"),
    path("providers/<str:code>/", views.home, name="home"),
    path("providers/<str:code>/submit/", submit_views.submit, name="submit"),
    path("providers/<str:code>/submit/day/", upload_views.covered, name="submit_day"),
    path("providers/<str:code>/uploads/", upload_views.begin_upload, name="submit_begin"),
    path(
        "providers/<str:code>/uploads/<uuid:identity>/",
        upload_views.continue_upload,
        name="submit_part",
    ),
    path(
        "providers/<str:code>/uploads/<str:reference>/finish/",
        upload_views.finish_upload,
        name="submit_finish",
    ),
    path("providers/<str:code>/e-mails/", mail_views.mail, name="home_mail"),
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
        "providers/<str:code>/submissions/<str:reference>/retry/",
        views.retry_one,
        name="index_retry",
    ),
    path(
        "providers/<str:code>/submissions/<str:reference>/explain/",
        explaining_views.explain_warning,
        name="quality_explain",
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
    path(
        "providers/<str:code>/submissions/<str:reference>/rows/",
        row_views.rows_of_first,
        name="quality_rows_all",
    ),
    path(
        "providers/<str:code>/submissions/<str:reference>/rows/<str:table>/",
        row_views.rows,
        name="quality_rows",
    ),
    path(
        "providers/<str:code>/submissions/<str:reference>/compare/",
        compare_views.compare,
        name="quality_compare",
    ),
    path("providers/<str:code>/api/", api_pages.send, name="api"),
    path("providers/<str:code>/api/reference/", api_pages.reference, name="api_reference"),
    path("providers/<str:code>/api/keys/", api_pages.keys, name="api_keys"),
    path(
        "providers/<str:code>/api/keys/<slug:identity>/revoke/",
        api_pages.revoke_key,
        name="api_keys_revoke",
    ),
]
