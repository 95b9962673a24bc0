"""Our say in how people sign in: what is typed, who is locked out, and what is written down."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_changed, password_reset, user_logged_in
from allauth.account.utils import has_verified_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.usersessions.models import UserSession
from axes.signals import user_locked_out
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal import audit
from portal.error_pages import too_many
from portal.models import User
from portal.sessions import ASSURANCE, ORGANISATIONS

STRANGER = "stranger"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth is not typed
    """Portal accounts: the same as allauth's, but their owner's name stays with administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let anybody make an account: it can do nothing until somebody grants it a role."""
        return True

    def is_ajax(self, request: HttpRequest) -> bool:
        """Answer everybody with a page: sign-in has no data form."""
        return False

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Return to the sign-in page."""
        return str(settings.LOGIN_URL)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth is not typed
    """Second factors whose secrets are kept encrypted."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret as it is used."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


class OrganisationAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # not typed
    """Single sign-on, which opens an account that is here already and never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Refuse to make an account."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Join the organisation's account to the person with the same verified address.

        What the organisation says of the person only narrows: the providers seen in this session
        are those of the grants, and among them those of the person's own organisations.
        """
        if not sociallogin.is_existing and not _join(request, sociallogin):
            raise ImmediateHttpResponse(redirect("socialaccount_login_error"))
        said = sociallogin.account.extra_data.get("userinfo") or {}
        request.session[ASSURANCE] = str(said.get("authentication_assurance_level", ""))
        if (organisations := said.get("associatedorgs")) is not None:
            request.session[ORGANISATIONS] = sorted(_codes(organisations))


def _join(request: HttpRequest, sociallogin: SocialLogin) -> bool:
    for address in sociallogin.email_addresses:
        person = User.objects.filter(email__iexact=address.email, is_active=True).first()
        if address.verified and person and has_verified_email(person):
            sociallogin.connect(request, person)
            return True
    return False


def _codes(organisations: object) -> set[str]:
    """Return the codes in a list of organisations as NHS Care Identity writes it."""
    if not isinstance(organisations, list):
        return set()
    return {str(one.get("org_code", "")) for one in organisations if isinstance(one, dict)}


def typed_address(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Return the e-mail address that a failure counts against."""
    typed = (credentials or {}).get("email") or request.POST.get("login") or ""
    return str(typed).strip().lower()[:254]


def locked_out(request: HttpRequest, *_: object) -> HttpResponse:
    """Answer somebody who has failed too often."""
    return too_many(request, wait=int(settings.AXES_COOLOFF_TIME.total_seconds()))


@receiver(user_logged_in)
def _signed_in(request: HttpRequest, user: User, **_: object) -> None:
    if settings.PORTAL_INSTANCE == "national":
        _end_other_sessions(request, user)
    audit.record(audit.Event.SIGNED_IN, actor=user, request=request)


def _end_other_sessions(request: HttpRequest, user: User) -> None:
    """Let nobody view data in two places at once."""
    others = UserSession.objects.filter(user=user)
    for session in others.exclude(session_key=request.session.session_key):
        session.end()


@receiver(user_logged_out)
def _signed_out(request: HttpRequest, user: User | None, **_: object) -> None:
    if user is not None:
        audit.record(audit.Event.SIGNED_OUT, actor=user, request=request)


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    """Write down a failure, with the person if there is one; what a stranger typed is not kept."""
    if request is None:
        return
    person = User.objects.filter(email__iexact=typed_address(request, credentials)).first()
    audit.record(
        audit.Event.SIGN_IN_FAILED,
        actor=STRANGER,
        request=request,
        person=person.pk if person else None,
    )


@receiver(user_locked_out)
def _locked(request: HttpRequest, **_: object) -> None:
    audit.record(audit.Event.LOCKED_OUT, actor=STRANGER, request=request)


@receiver([password_changed, password_reset])
def _password(request: HttpRequest, user: User, **_: object) -> None:
    audit.record(audit.Event.PASSWORD_CHANGED, actor=user, request=request)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def _second_factor(request: HttpRequest, user: User, **_: object) -> None:
    audit.record(audit.Event.SECOND_FACTOR_CHANGED, actor=user, request=request)


def _cipher() -> Fernet:
    """Return the cipher of second factors, whose key comes from the instance's secret key."""
    derived = HKDF(SHA256(), 32, b"community-data-portal", b"second factors").derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))
