"""The addresses of version 1."""

from django.urls import path, re_path, register_converter

from submissions.api import about, days, findings, oauth, tus, views

app_name = "api"


class Reference:
    """A submission's reference in an address."""

    regex = "S-[0-9A-Z]{7}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(Reference, "reference")
ONE = "submissions/<reference:reference>"
urlpatterns = [
    path("submissions", views.submissions, name="submissions"),
    path(ONE, views.submission, name="submission"),
    path(f"{ONE}/history", findings.history, name="history"),
    path(f"{ONE}/receipt", findings.receipt, name="receipt"),
    path(f"{ONE}/errors", findings.errors, name="errors"),
    path(f"{ONE}/difference", findings.difference, name="difference"),
    path(f"{ONE}/withdraw", views.withdraw, name="withdraw"),
    path(f"{ONE}/retry", views.retry, name="retry"),
    path("receipt-key", findings.receipt_key, name="receipt-key"),
    path("calendar", days.calendar, name="calendar"),
    path("nil-returns", days.nil_returns, name="nil-returns"),
    path("webhooks", days.hooks, name="webhooks"),
    path("webhooks/<slug:identity>", days.hook, name="webhook"),
    path("oauth/token", oauth.token, name="token"),
    path("uploads", tus.uploads, name="uploads"),
    path("uploads/<uuid:identity>", tus.upload, name="upload"),
    path("problems/<slug:kind>", about.problem_kind, name="problem"),
    re_path(r"\A(?P<rest>(?s:.*))\Z", about.nothing, name="nothing"),
]
