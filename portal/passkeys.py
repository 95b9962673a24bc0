"""Sign in with a passkey, on a page that holds its challenge: no script asks for data."""

from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
@login_not_required
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the button that asks the browser for a passkey; its answer goes to allauth."""
    if request.user.is_authenticated:
        return redirect("portal:home")
    challenge = {"request_options": begin_authentication(user=None)}
    return render(
        request,
        "account/passkey.html",
        {"challenge": challenge, "afterwards": request.GET.get("next", "")},
    )
