# ruff: noqa: ARG005 - a view takes a request, whether it looks at it or not
"""Leaks as somebody might build them in, each of which the crawl must notice."""

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import include, path

from portal.urls.handlers import *  # noqa: F403 - Django looks for the handlers here

PAGE = "<!DOCTYPE html><html><body>{}</body></html>"
CSV = "Person,Age\nA,35-39\n"


def plant(request):
    """What the address `planted/` answers for the plant that stands now."""
    return PLANTS[plant.chosen](request)


plant.chosen = ""


def _kept(request):
    answer = HttpResponse(PAGE.format("kept"))
    answer._csp_exempt = True
    return answer


def _page(inner):
    return lambda request: HttpResponse(PAGE.format(inner))


def _attached(request):
    return HttpResponse(PAGE.format("x"), headers={"Content-Disposition": "attachment"})


def _by_query(name):
    def answer(request):
        return HttpResponse(CSV if request.GET.get(name) else PAGE.format("x"))

    return answer


def _by_accept(request):
    if "json" in request.headers.get("Accept", ""):
        return JsonResponse({"rows": [1, 2]})
    return HttpResponse(PAGE.format("x"))


def _by_method(request):
    return HttpResponse(CSV if request.method == "POST" else PAGE.format("x"))


def _many(request):
    rows = '<tr><th scope="row">x</th></tr>' * 51
    return HttpResponse(PAGE.format(f'<div class="app-card app-view-only"><table>{rows}</table>'))


def _many_by_size(request):
    size = int(request.GET.get("size", 10))
    rows = '<tr><th scope="row">x</th></tr>' * size
    return HttpResponse(PAGE.format(f'<div class="app-card app-view-only"><table>{rows}</table>'))


PLANTS = {
    "a CSV route": lambda request: HttpResponse(CSV, content_type="text/csv"),
    "a JSON route": lambda request: JsonResponse({"rows": [1]}),
    "a spreadsheet": lambda request: HttpResponse(b"PK", content_type="application/vnd.ms-excel"),
    "a PDF": lambda request: HttpResponse(b"%PDF", content_type="application/pdf"),
    "plain text": lambda request: HttpResponse(CSV, content_type="text/plain"),
    "XML": lambda request: HttpResponse("<a/>", content_type="application/xml"),
    "a picture of a table": lambda request: HttpResponse(b"x", content_type="image/png"),
    "a stream": lambda request: StreamingHttpResponse([CSV]),
    "an attachment": _attached,
    "CSV said to be a page": lambda request: HttpResponse(CSV),
    "CSV when asked by ?format": _by_query("format"),
    "CSV when asked by ?download": _by_query("download"),
    "JSON when accepted": _by_accept,
    "CSV when posted to": _by_method,
    "fifty-one records": _many,
    "a page size to choose": _many_by_size,
    "an inline script": _page("<script>copy()</script>"),
    "an event handler": _page('<a href="/" onclick="x()">x</a>'),
    "a download link": _page('<a href="/" download>x</a>'),
    "a data address": _page('<a href="data:text/csv,1">x</a>'),
    "a frame": _page('<iframe src="/"></iframe>'),
    "a page without the policy": _kept,
}

urlpatterns = [
    path("planted/", plant),
    path("planted/export/", lambda request: HttpResponse(CSV, content_type="text/csv")),
    path("", include("portal.urls.national")),
]
