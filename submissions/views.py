"""The submitter's pages: the day, the list, and one submission."""

from datetime import date, timedelta
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from portal import audit
from portal.access import for_provider, may
from portal.models import Provider, User
from portal.paging import paging
from portal.specification import load_data_set, version_in_force, versions
from submissions import presenting
from submissions.acts import retry, withdraw
from submissions.attention import expected_tables, needs
from submissions.charts import rows_per_day
from submissions.days import calendar, newest_by_day
from submissions.expectations import DayTaken, declare_nil
from submissions.mail_choices import told_when
from submissions.models import Submission
from submissions.states import MOVES, ForbiddenMove, Mode, State
from submissions.steps import steps

PER_PAGE = 25
RECENT = 6
POLL_SECONDS = (1, 2, 3, 5, 10)


@require_GET
@for_provider("view_submissions")
def home(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show what needs action, what is expected, the last sixty days and recent submissions."""
    today = timezone.localdate()
    expected = last_expected(today)
    recent = list(provider.submissions.all()[:RECENT])
    of_day = newest_by_day(provider, expected, expected).get(expected)
    nil = provider.nil_returns.filter(day=expected).exists()
    return render(
        request,
        "submissions/home.html",
        {
            "provider": provider,
            "today": today,
            "expected": expected,
            "of_day": of_day,
            "tables": expected_tables(expected, of_day, nil=nil),
            "is_open": version_in_force(settings.DATA_SET, expected) is not None,
            "window": _window(),
            "nil": nil,
            "needs": needs(provider, expected),
            "calendar": calendar(provider, expected),
            "recent": recent,
            "rows_chart": rows_per_day(provider, expected),
            "words": presenting,
            "may_submit": may(request.user, "submit_data", provider),
        },
    )


def last_expected(today: date) -> date:
    """Return the newest day that data is expected for: yesterday, or the last one received."""
    day = today - timedelta(days=1)
    if version_in_force(settings.DATA_SET, day):
        return day
    newest = Submission.objects.exclude(period_end=None).order_by("-period_end").first()
    return newest.period_end if newest and newest.period_end else day


def _window() -> tuple[date, date]:
    """Return the first and the last reporting day that the collection takes."""
    every = [load_data_set(settings.DATA_SET, version) for version in versions(settings.DATA_SET)]
    return every[0].effective_from, every[-1].effective_to


@require_GET
@for_provider("view_submissions")
def index(request: HttpRequest, provider: Provider) -> HttpResponse:
    """List a provider's submissions, the newest first, by mode and state if asked."""
    found = provider.submissions.all()
    if (mode := request.GET.get("mode", "")) in Mode.values:
        found = found.filter(mode=mode)
    if (state := request.GET.get("state", "")) in State.values:
        found = found.filter(state=state)
    pages = paging(found.count(), PER_PAGE, request.GET)
    shown = list(found[pages.offset : pages.offset + PER_PAGE])
    return render(
        request,
        "submissions/index.html",
        {
            "provider": provider,
            "submissions": shown,
            "names": presenting.actors([one.by for one in shown]),
            "paging": pages,
            "mode": mode,
            "state": state,
            "modes": Mode.choices,
            "states": State.choices,
            "words": presenting,
            "may_submit": may(request.user, "submit_data", provider),
        },
    )


@require_GET
@for_provider("view_submissions")
def one(request: HttpRequest, provider: Provider, reference: str) -> HttpResponse:
    """Show one submission: its steps, receipt and history; it follows its progress by itself."""
    submission = find(provider, reference)
    _record_view(request, submission)
    return render(request, "submissions/one.html", _of_one(request, submission))


@require_GET
@for_provider("view_submissions")
def progress(request: HttpRequest, provider: Provider, reference: str) -> HttpResponse:
    """Return the part of a submission's page that changes; it asks again until all is over."""
    submission = find(provider, reference)
    return render(request, "submissions/progressed.html", _of_one(request, submission))


@require_POST
@for_provider("submit_data")
def withdraw_one(request: HttpRequest, provider: Provider, reference: str) -> HttpResponse:
    """Take a submission back, with the reason given."""
    submission = find(provider, reference)
    because = request.POST.get("because", "").strip()[:500]
    if because:
        try:
            withdraw(submission, by=f"person:{request.user.pk}", because=because)
        except ForbiddenMove as refusal:
            messages.warning(request, str(refusal))
    return redirect("submissions:index_one", provider.code, reference)


@require_POST
@for_provider("submit_data")
def retry_one(request: HttpRequest, provider: Provider, reference: str) -> HttpResponse:
    """Have a submission that was stopped by a fault of ours tried again."""
    submission = find(provider, reference)
    try:
        retry(submission, by=f"person:{request.user.pk}")
    except ForbiddenMove as refusal:
        messages.warning(request, str(refusal))
    return redirect("submissions:index_one", provider.code, reference)


@require_POST
@for_provider("submit_data")
def nil_return(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Write down that a provider has nothing to send for a day."""
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError as wrong:
        raise Http404 from wrong
    because = request.POST.get("because", "").strip()[:500] or "Nothing to send"
    try:
        declare_nil(provider, day, by=f"person:{request.user.pk}", because=because)
    except DayTaken as taken:
        messages.warning(request, f"{taken.title}. {taken.detail}")
    return redirect("submissions:home", provider.code)


def find(provider: Provider, reference: str) -> Submission:
    """Return a provider's submission by its reference, or 404."""
    found = provider.submissions.filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def _of_one(request: HttpRequest, submission: Submission) -> dict[str, object]:
    """Return what the page of one submission shows."""
    moves = list(submission.moves.all())
    over = presenting.is_over(submission)
    polls = request.GET.get("n", "")
    count = int(polls) if polls.isascii() and polls.isdigit() else 0
    rules, rule_count = presenting.first_findings(submission)
    may_submit = may(request.user, "submit_data", submission.provider)
    return {
        "provider": submission.provider,
        "submission": submission,
        "tag": presenting.tag(submission),
        "steps": steps(submission, moves),
        "history": presenting.history(moves),
        "over": over,
        "polls": count + 1,
        "wait": POLL_SECONDS[min(count // 3, len(POLL_SECONDS) - 1)],
        "say": presenting.say(submission),
        "rules": rules,
        "rule_count": rule_count,
        "ahead": _ahead(submission),
        "sender": presenting.actors([submission.by])[submission.by],
        "already": "already" in request.GET,
        "may_withdraw": State.WITHDRAWN in MOVES[State(submission.state)] and may_submit,
        "may_retry": submission.state == State.FAILED and may_submit,
        "may_submit": may_submit,
        "told": told_when(cast("User", request.user), submission.provider)
        if submission.mode != Mode.CHECK
        else "",
        "replaced": submission.supersedes.first(),
        "has_report": submission.files.filter(kind="report", shredded_at=None).exists(),
    }


def _ahead(submission: Submission) -> int:
    """Return how many submissions wait before this one."""
    if submission.state != State.RECEIVED:
        return 0
    waiting = Submission.objects.filter(state__in=[State.RECEIVED, State.CHECKING])
    return waiting.filter(received_at__lt=submission.received_at).count()


def _record_view(request: HttpRequest, submission: Submission) -> None:
    """Write to the trail that somebody opened a submission."""
    if isinstance(request.user, User):
        audit.record(
            audit.Event.VIEWED_SUBMISSION,
            actor=request.user,
            provider=submission.provider_id,
            request=request,
            reference=submission.reference,
        )
