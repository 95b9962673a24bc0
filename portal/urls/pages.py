"""The portal's own pages, the same on both instances."""

from django.urls import path

from portal import access_views, audit_views, views

app_name = "portal"

urlpatterns = [
    path("", views.home, name="home"),
    path("account/", views.account, name="account"),
    path("access/request/", access_views.request_access, name="request_access"),
    path("access/waiting/", access_views.waiting, name="waiting"),
    path("access/requests/<int:number>/", access_views.decision, name="decision"),
    path("access/emergency/", access_views.emergency, name="emergency"),
    path("providers/<str:code>/access/", access_views.provider_access, name="access_requests"),
    path("providers/<str:code>/access/agree/", access_views.agree, name="agree"),
    path("providers/<str:code>/access/withdraw/", access_views.withdraw, name="withdraw"),
    path(
        "providers/<str:code>/access/grants/<int:number>/",
        access_views.change_grant,
        name="change_grant",
    ),
    path("providers/<str:code>/access/review/", access_views.review, name="review"),
    path("providers/<str:code>/access/delegate/", access_views.delegate, name="delegate"),
    path(
        "providers/<str:code>/access/delegations/<int:number>/end/",
        access_views.end_delegation,
        name="end_delegation",
    ),
    path("providers/<str:code>/access/log/", access_views.access_log, name="access_log"),
    path("operations/", views.operations, name="operations"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("status/", views.status, name="status"),
    path("audit/", audit_views.trail, name="audit"),
]
