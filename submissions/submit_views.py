"""The form to send files. With scripts it uploads in parts, which `upload_views` takes."""

import json

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.access import for_provider
from portal.error_pages import stale_form
from portal.models import Provider
from portal.specification import load_data_set, versions
from submissions.intake import receive
from submissions.landing import Sender, current_limits
from submissions.refusals import Refusal, WrongFormat
from submissions.states import Mode, State


@csrf_exempt
@require_http_methods(["GET", "POST"])
@for_provider("submit_data")
def submit(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show the form to send files, and take what it sends.

    The token of the form is checked by `receive`, once the files have been streamed to the store.
    """
    if request.method == "GET":
        return _form(request, provider)
    sender = Sender(by=f"person:{request.user.pk}", organisation=provider.code, via="page")
    try:
        received = receive(request, provider, sender)
    except WrongFormat as wrong:
        return redirect("submissions:index_one", provider.code, str(wrong.facts["reference"]))
    except Refusal as refused:
        return _form(request, provider, refused)
    except PermissionDenied:
        return stale_form(request)
    reference = received.submission.reference
    address = reverse("submissions:index_one", args=[provider.code, reference])
    return redirect(address + ("?already" if received.is_duplicate else ""))


def _form(request: HttpRequest, provider: Provider, refused: Refusal | None = None) -> HttpResponse:
    """Return the form to send files, with the reason if what was sent was refused."""
    standing = provider.submissions.filter(mode=Mode.LIVE, state=State.TRANSFERRED)
    return render(
        request,
        "submissions/submit.html",
        {
            "provider": provider,
            "refused": refused,
            "limits": current_limits(),
            "versions": versions(settings.DATA_SET),
            "script": _for_the_script(provider),
            "latest": standing.order_by("-period_end").first(),
            "modes": Mode,
        },
        status=refused.status if refused else 200,
    )


def _titles() -> dict[str, str]:
    """Return the titles of the tables of every version by their names."""
    return {
        table.name: table.title
        for version in versions(settings.DATA_SET)
        for table in load_data_set(settings.DATA_SET, version).order
    }


def _for_the_script(provider: Provider) -> str:
    """Return what the page's script needs to know: names, limits and addresses, as JSON."""
    newest = load_data_set(settings.DATA_SET, versions(settings.DATA_SET)[-1])
    begin = reverse("submissions:submit_begin", args=[provider.code])
    return json.dumps(
        {
            "provider": provider.code,
            "tables": _titles(),
            "largest": newest.limits.sent_bytes,
            "header": newest.header.name,
            "lastDay": newest.roles.end,
            "begin": settings.UPLOADS_AT + begin,
            "at": settings.UPLOADS_AT,
            "finish": reverse("submissions:submit_finish", args=[provider.code, "S-0"]),
            "day": reverse("submissions:submit_day", args=[provider.code]),
        }
    )
