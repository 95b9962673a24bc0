"""The page on which a person chooses which e-mails about a provider to get."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portal.access import for_provider
from portal.models import Provider, User
from submissions.mail_choices import KINDS, choice_of, choose


@require_http_methods(["GET", "POST"])
@for_provider("submit_data")
def mail(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Show which e-mails a person gets about a provider, and take another choice."""
    person = cast("User", request.user)
    if request.method == "POST":
        choose(person, provider, frozenset(request.POST.getlist("kinds")) & KINDS.keys())
        messages.success(request, "Your choice is kept.")
        return redirect("submissions:home_mail", provider.code)
    choice = choice_of(person, provider)
    items = [
        {"value": kind, "text": title, "hint": {"text": hint}, "checked": getattr(choice, kind)}
        for kind, (title, hint) in KINDS.items()
    ]
    context = {"provider": provider, "items": items, "email": person.email}
    return render(request, "submissions/mail.html", context)
