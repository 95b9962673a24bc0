"""The pages of access: ask, decide, see who has it and who used it, review, delegate."""

from typing import cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from portal import governing
from portal.access import for_provider, with_power
from portal.alarms import SENTENCES as SENTENCES_OF_ALARMS
from portal.asking import ForbiddenDecision, ask, decide, may_decide, waiting_for
from portal.audit import SENTENCES, Event
from portal.forms import AskForm, DecideForm, DelegateForm, EmergencyForm, WithdrawForm
from portal.grants import ForbiddenGrant, revoke
from portal.models import AccessRequest, AuditEvent, Delegation, Grant, Provider, User
from portal.paging import paging
from portal.roles import ROLES

EVENTS_A_PAGE = 50
ALARMS_SHOWN = 10


def request_access(request: HttpRequest) -> HttpResponse:
    """Ask for a role, with the reason."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = ask(_person(request), **form.cleaned_data)
        except ForbiddenGrant as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Your request {made} has been sent to those who decide.")
            return redirect("portal:account")
    return render(request, "portal/request_access.html", {"form": form})


def waiting(request: HttpRequest) -> HttpResponse:
    """List the requests that wait for the person's decision."""
    asked = [(ROLES[one.role], one) for one in waiting_for(_person(request))]
    return render(request, "portal/waiting.html", {"asked": asked})


def decision(request: HttpRequest, number: int) -> HttpResponse:
    """Show one request, and take the person's decision about it."""
    asked = get_object_or_404(
        AccessRequest.objects.select_related("person", "provider", "organisation"), pk=number
    )
    person = _person(request)
    if not may_decide(person, asked):
        raise Http404
    form = DecideForm(request.POST or None, asked=asked)
    if request.method == "POST" and form.is_valid():
        choice = form.cleaned_data["decision"]
        try:
            decide(
                asked,
                by=person,
                approve=choice != "refuse",
                instead=choice == "less",
                note=form.cleaned_data["note"],
            )
        except (ForbiddenDecision, ForbiddenGrant) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Your decision has been recorded.")
            return redirect("portal:waiting")
    return render(
        request,
        "portal/decision.html",
        {
            "form": form,
            "asked": asked,
            "role": ROLES[asked.role],
            "approvals": asked.approvals.select_related("approver"),
        },
    )


@for_provider("approve_access")
def provider_access(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show an approver everything about access to the provider's data."""
    asked = waiting_for(_person(request)).filter(provider=provider)
    emergencies = Grant.objects.filter(provider=provider, emergency=True)
    return render(
        request,
        "portal/provider_access.html",
        {
            "provider": provider,
            "agreed": provider.agreements.filter(withdrawn_at=None).first(),
            "asked": [(ROLES[one.role], one) for one in asked],
            "standing": _named(governing.standing_at(provider)),
            "delegations": provider.delegations.filter(ended_at=None).select_related("supplier"),
            "emergencies": emergencies.select_related("person")[:10],
            "last_review": provider.reviews.first(),
            "review_due": governing.review_is_due(provider),
        },
    )


@require_POST
@for_provider("approve_access")
def agree(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Accept the agreement for the provider."""
    governing.accept_agreement(provider, by=_person(request))
    messages.success(request, "The agreement is accepted. Data can be submitted and seen.")
    return redirect("portal:access_requests", code=provider.code)


@for_provider("approve_access")
def withdraw(request: HttpRequest, provider: Provider) -> HttpResponse:
    """End the provider's agreement, with the reason."""
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        because = form.cleaned_data["reason"]
        governing.withdraw_agreement(provider, by=_person(request), because=because)
        messages.success(request, "The agreement has ended. Nothing is submitted or seen.")
        return redirect("portal:access_requests", code=provider.code)
    return render(request, "portal/withdraw.html", {"form": form, "provider": provider})


@require_POST
@for_provider("approve_access")
def change_grant(request: HttpRequest, provider: Provider, number: int) -> HttpResponse:
    """Renew a person's role at the provider, or take it away."""
    held = get_object_or_404(Grant, pk=number, provider=provider)
    try:
        if request.POST.get("act") == "renew":
            governing.renew(held, by=_person(request))
        elif held.person_id != _person(request).pk:
            revoke(held, by=_person(request), because="by the provider's approver")
    except ForbiddenGrant as refusal:
        messages.error(request, str(refusal))
    return redirect("portal:access_requests", code=provider.code)


@for_provider("approve_access")
def review(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Keep or remove each person, once a quarter."""
    if request.method == "POST":
        remove = {int(number) for number in request.POST.getlist("remove") if number.isdecimal()}
        made = governing.review(provider, by=_person(request), remove=remove)
        messages.success(request, f"Review recorded: {made.kept} kept, {made.removed} removed.")
        return redirect("portal:access_requests", code=provider.code)
    context = {"provider": provider, "standing": _named(governing.standing_at(provider))}
    return render(request, "portal/review.html", context)


@for_provider("approve_access")
def delegate(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Let a supplier submit for the provider."""
    form = DelegateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            governing.delegate(provider, by=_person(request), **form.cleaned_data)
        except ForbiddenDecision as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("portal:access_requests", code=provider.code)
    return render(request, "portal/delegate.html", {"form": form, "provider": provider})


@require_POST
@for_provider("approve_access")
def end_delegation(request: HttpRequest, provider: Provider, number: int) -> HttpResponse:
    """End a delegation now."""
    held = get_object_or_404(Delegation, pk=number, provider=provider)
    governing.end_delegation(held, by=_person(request))
    return redirect("portal:access_requests", code=provider.code)


@for_provider("approve_access", "view_aggregates", "view_submissions")
def access_log(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show a provider who looked at its data, and when."""
    events = AuditEvent.objects.filter(provider=provider.code)
    page = paging(events.count(), EVENTS_A_PAGE, request.GET)
    context = {
        "provider": provider,
        "alarms": events.filter(event=Event.ALARM_RAISED)[:ALARMS_SHOWN],
        "oddities": SENTENCES_OF_ALARMS,
        "events": events[page.offset : page.offset + EVENTS_A_PAGE],
        "paging": page,
        "sentences": SENTENCES,
    }
    return render(request, "portal/access_log.html", context)


@with_power("operate_collection")
def emergency(request: HttpRequest) -> HttpResponse:
    """Take emergency access to one provider's submissions for three hours."""
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        provider = form.cleaned_data["provider"]
        try:
            governing.take_emergency_access(
                _person(request), provider, reason=form.cleaned_data["reason"]
            )
        except (ForbiddenDecision, ForbiddenGrant) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"You see the submissions of {provider} for three hours.")
            return redirect("portal:account")
    return render(request, "portal/emergency.html", {"form": form})


def _person(request: HttpRequest) -> User:
    """Return who asks; the middleware lets nobody else through."""
    return cast("User", request.user)


def _named(standing: QuerySet[Grant]) -> list[tuple[str, Grant]]:
    return [(ROLES[held.role].title, held) for held in standing]
