"""Take the files of the submit page one by one, each in parts, so that a broken line costs little.

The browser speaks tus 1.0, as machines do to the API, with its session and the token of the form.
"""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.access import for_provider
from portal.models import Provider, User
from portal.wording import day as day_in_words
from submissions import limits, parts, presenting
from submissions.days import newest_by_day
from submissions.landing import Sender
from submissions.models import Submission, Upload
from submissions.pieces import add_upload, append, discard, start_upload
from submissions.refusals import Refusal, WrongFormat, WrongType
from submissions.resuming import complete
from submissions.states import Mode, State

Parameters = ParamSpec("Parameters")


def _refusals_told(
    view: Callable[Concatenate[HttpRequest, Provider, Parameters], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Provider, Parameters], HttpResponse]:
    """Answer a refusal so that the page's script can say it."""

    @wraps(view)
    def telling(
        request: HttpRequest,
        provider: Provider,
        /,
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> HttpResponse:
        try:
            return view(request, provider, *args, **named)
        except Refusal as refused:
            said = {"title": refused.title, "detail": refused.detail, "remedy": refused.remedy}
            return JsonResponse(said, status=refused.status, headers=parts.SAID)

    return telling


@require_POST
@for_provider("submit_data")
@_refusals_told
def begin_upload(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Begin the upload of a file: of a new submission, or of one that is being received (`to`)."""
    parts.check_version(request.headers)
    name = parts.file_name_in(request.headers)
    length = parts.number_in(request.headers, "Upload-Length")
    if reference := request.GET.get("to", ""):
        upload = add_upload(_being_received(request, provider, reference), name=name, length=length)
    else:
        limits.check_room(provider)
        sender = Sender(by=_person(request), organisation=provider.code, via="page")
        upload = start_upload(provider, sender, mode=Mode.LIVE, name=name, length=length)
    answer = HttpResponse(status=201, headers=parts.about(upload))
    answer["Location"] = reverse("submissions:submit_part", args=[provider.code, upload.pk])
    answer["Submission-Reference"] = upload.submission.reference
    return answer


@for_provider("submit_data")
@require_http_methods(["HEAD", "PATCH", "DELETE"])
@_refusals_told
def continue_upload(request: HttpRequest, provider: Provider, identity: UUID) -> HttpResponse:
    """Say how much of a file has come, take its next part in, or forget the file."""
    parts.check_version(request.headers)
    found = Upload.objects.select_related("submission").filter(
        pk=identity,
        expires_at__gt=timezone.now(),
        submission__provider=provider,
        submission__by=_person(request),
        submission__state=State.RECEIVING,
    )
    upload = found.first()
    if upload is None:
        raise Http404
    if request.method == "DELETE":
        discard(upload)
        return HttpResponse(status=204, headers=parts.SAID)
    if request.method == "PATCH":
        if request.content_type != parts.TYPE:
            raise WrongType(f"A part is sent as {parts.TYPE}.")
        append(upload, parts.number_in(request.headers, "Upload-Offset"), parts.reader(request))
    return HttpResponse(status=204, headers=parts.about(upload))


@require_POST
@for_provider("submit_data")
@_refusals_told
def finish_upload(request: HttpRequest, provider: Provider, reference: str) -> HttpResponse:
    """Bring the files that have come to the door, and tell the address of their submission.

    Said twice, because the answer was not heard, it is done once.
    """
    found = provider.submissions.filter(reference=reference, by=_person(request)).first()
    if found is None:
        raise Http404
    said = request.POST.get("mode", "")
    query = ""
    try:
        received = complete(found.pk, Mode(said) if said in Mode.values else None)
    except WrongFormat:
        shown = reference
    else:
        shown = received.submission.reference
        query = "?already" if shown != reference else ""
    address = reverse("submissions:index_one", args=[provider.code, shown])
    return HttpResponse(status=201, headers={"Location": address + query})


@require_GET
@for_provider("submit_data")
def covered(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Say in words which day a submission covers, and what stands for that day now."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return JsonResponse({"title": "This is not a day"}, status=400)
    standing = newest_by_day(provider, day, day).get(day)
    replaces = "Nothing: no data has come for this day yet"
    if standing:
        replaces = f"{standing.reference}, once it is accepted"
        replaces += f" (now: {presenting.tag(standing).text.lower()})"
    return JsonResponse({"covers": day_in_words(day), "replaces": replaces})


def _being_received(request: HttpRequest, provider: Provider, reference: str) -> Submission:
    """Return the person's own submission that is being received, or 404."""
    found = provider.submissions.filter(
        reference=reference, by=_person(request), via="page", state=State.RECEIVING
    ).first()
    if found is None:
        raise Http404
    return found


def _person(request: HttpRequest) -> str:
    """Return the person who sends, as the history names them."""
    return f"person:{cast('User', request.user).pk}"
