"""Let a view be seen by those who may, and by nobody else; to strangers it does not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, NoReturn, ParamSpec, cast

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from guardian.models import GroupObjectPermission

from portal import alarms, audit
from portal.models import AGREEMENT_VERSION, Agreement, Provider, User
from portal.sessions import needs_step_up

Parameters = ParamSpec("Parameters")
Answer = HttpResponseBase
APPROVE = "approve_access"
STEP_UP = frozenset({"view_records"})


def providers_of(person: User | AnonymousUser, permission: str) -> QuerySet[Provider]:
    """Return the providers at which a person has a permission now.

    A provider that has left, or has not accepted the agreement, is open to its approvers alone.
    """
    if not isinstance(person, User) or not person.is_active:
        return Provider.objects.none()
    held = GroupObjectPermission.objects.filter(group__user=person, permission__codename=permission)
    providers = Provider.objects.filter(code__in=held.values("object_pk"))
    if person.limited_to is not None:
        providers = providers.filter(code__in=person.limited_to)
    return providers if permission == APPROVE else open_providers(providers)


def open_providers(providers: QuerySet[Provider]) -> QuerySet[Provider]:
    """Return those of the providers that take part and have accepted the agreement in force."""
    accepted = Agreement.objects.filter(
        provider=OuterRef("pk"), version=AGREEMENT_VERSION, withdrawn_at=None
    )
    return providers.filter(Exists(accepted)).exclude(left_on__lte=timezone.localdate())


def is_open(provider: Provider) -> bool:
    """Say whether anything may be submitted for a provider, or seen of it."""
    return open_providers(Provider.objects.filter(pk=provider.pk)).exists()


def may(person: User | AnonymousUser, permission: str, provider: Provider) -> bool:
    """Say whether a person has a permission at a provider now."""
    return providers_of(person, permission).filter(pk=provider.pk).exists()


def has_power(person: User | AnonymousUser, power: str) -> bool:
    """Say whether a person has a power over the instance, such as `read_trail`."""
    return person.is_authenticated and person.has_perm(f"portal.{power}")


def for_provider(
    *permissions: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Provider, Parameters], Answer]],
    Callable[..., Answer],
]:
    """Give a view the provider of its address (`<str:code>`), if the person has a permission there.

    For anybody else the page is not there: 404, and a line in the audit trail. Before records, the
    person must have used their second factor within the hour.
    """

    def wrap(
        view: Callable[Concatenate[HttpRequest, Provider, Parameters], Answer],
    ) -> Callable[..., Answer]:
        @wraps(view)
        def guarded(
            request: HttpRequest, code: str, *args: Parameters.args, **kwargs: Parameters.kwargs
        ) -> Answer:
            for permission in permissions:
                provider = providers_of(request.user, permission).filter(code=code).first()
                if provider is None:
                    continue
                if permission in STEP_UP and needs_step_up(request, cast("User", request.user)):
                    return redirect_to_login(request.get_full_path(), reverse("mfa_reauthenticate"))
                return view(request, provider, *args, **kwargs)
            _refuse(request, permissions[0], code)

        guarded.asks_for = permissions  # type: ignore[attr-defined] # read by the table of routes
        return guarded

    return wrap


def with_power(
    power: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Parameters], Answer]],
    Callable[..., Answer],
]:
    """Show a view to people with a power over the instance; for anybody else it is not there."""

    def wrap(
        view: Callable[Concatenate[HttpRequest, Parameters], Answer],
    ) -> Callable[..., Answer]:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Parameters.args, **kwargs: Parameters.kwargs
        ) -> Answer:
            if not has_power(request.user, power):
                _refuse(request, power, "")
            return view(request, *args, **kwargs)

        guarded.asks_for = (power,)  # type: ignore[attr-defined] # read by the table of routes
        return guarded

    return wrap


def _refuse(request: HttpRequest, permission: str, code: str) -> NoReturn:
    known = Provider.objects.filter(code=code).exists()
    if isinstance(request.user, User):
        audit.record(
            audit.Event.REFUSED,
            actor=request.user,
            provider=code if known else None,
            request=request,
            permission=permission,
        )
        alarms.watch_refusals(request.user, request)
    raise Http404
