"""The pages that say what went wrong: the product's own, and nothing of the fault in them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - given by name
    """Answer a request that cannot be read (400)."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - given by name
    """Answer somebody who may not do this (403)."""
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - given by name
    """Answer for a page that is not there, or not for this person (404)."""
    return render(request, "errors/404.html", status=404)


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer files that are larger than the specification allows (413)."""
    return render(request, "errors/413.html", status=413)


def too_many(request: HttpRequest, *, wait: int = 60) -> HttpResponse:
    """Answer too many requests (429), with the seconds to wait."""
    answer = render(request, "errors/429.html", status=429)
    answer["Retry-After"] = str(wait)
    return answer


def failed(_request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours (500). It asks the database nothing."""
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - given by name
    """Answer a form whose token is missing or old (403)."""
    return render(request, "errors/csrf.html", status=403)
