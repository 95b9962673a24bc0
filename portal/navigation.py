"""What stands around a page: which instance it is, who is signed in, and where they may go."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from guardian.models import GroupObjectPermission

from portal.access import has_power, is_open
from portal.models import Provider, User
from portal.roles import ROLES


@dataclass(frozen=True)
class Page:
    """A page of the menu: its title, the name of its address, and the permission it asks for.

    The permission is asked of one provider, or of the whole instance (`everywhere`).
    """

    title: str
    name: str
    permission: str = ""
    everywhere: bool = False


@dataclass(frozen=True)
class Link:
    """A page somebody may go to."""

    title: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Frame:
    """All that the frame of a page shows."""

    instance: str
    side: str
    promise: str
    colour: str
    demonstration: bool
    person: str = ""
    account_url: str = ""
    sign_out_url: str = ""
    links: tuple[Link, ...] = ()
    footer: tuple[Link, ...] = ()


_SIDES = {
    "agem": (
        "Collection side",
        "identifiable data is processed here. No patient identifiers are shown on screen.",
        "#7c2855",
    ),
    "national": (
        "National side",
        "pseudonymised data only. View online; extraction is not provided.",
        "#002f87",
    ),
}
_KEEPING = (
    Page("Operations", "portal:operations", "operate_collection", everywhere=True),
    Page("Audit", "portal:audit", "read_trail", everywhere=True),
    Page("Administration", "admin:index", "administer", everywhere=True),
)
_MENUS = {
    "agem": (
        Page("Home", "submissions:home", "view_submissions"),
        Page("Submit data", "submissions:submit", "submit_data"),
        Page("Submissions", "submissions:index", "view_submissions"),
        Page("Data quality", "submissions:quality", "view_quality"),
        Page("Access", "portal:access_requests", "approve_access"),
        Page("Specification", "specification:index"),
        Page("API and scripts", "submissions:api", "submit_data"),
        *_KEEPING,
    ),
    "national": (
        Page("Overview", "viewer:overview", "view_overview", everywhere=True),
        Page("Evaluation", "viewer:evaluation", "view_overview", everywhere=True),
        Page("Dashboard", "viewer:dashboard", "view_aggregates"),
        Page("Records", "viewer:records", "view_records"),
        Page("Data quality", "viewer:quality", "view_quality"),
        Page("Compare", "viewer:compare", "view_aggregates"),
        Page("Access", "portal:access_requests", "approve_access"),
        Page("Specification", "specification:index"),
        Page("Access log", "portal:access_log", "view_aggregates"),
        *_KEEPING,
    ),
}
_PERMISSIONS = sorted({name for role in ROLES.values() for name in role.permissions})
_FOOTER = (
    Page("Accessibility statement", "portal:accessibility"),
    Page("Privacy and your access log", "portal:privacy"),
    Page("Data set specification", "specification:index"),
    Page("Service status", "portal:status"),
)


def frame(request: HttpRequest | None) -> Frame:
    """Return the frame of a page; without a request, or nobody signed in, one without a menu."""
    person = getattr(request, "user", None)
    if request is None or not isinstance(person, User):
        return _bare()
    provider = acting_provider(request, person)
    return replace(
        _bare(),
        person=str(person),
        account_url=_address("portal:account") or "",
        sign_out_url=_address("account_logout") or "",
        links=tuple(_links(request, person, provider)),
    )


def acting_provider(request: HttpRequest, person: User) -> Provider | None:
    """Return the provider of the page, or else the first that the person may do anything for."""
    match = request.resolver_match
    code = match.kwargs.get("code") if match else None
    mine = all_providers_of(person)
    if code is not None:
        return mine.filter(code=code).first()
    return mine.order_by("code").first()


def all_providers_of(person: User) -> QuerySet[Provider]:
    """Return the providers at which somebody has any permission now."""
    held = GroupObjectPermission.objects.filter(
        group__user=person, permission__codename__in=_PERMISSIONS
    )
    return Provider.objects.filter(code__in=held.values("object_pk"))


def _bare() -> Frame:
    """Return the frame of this instance."""
    side, promise, colour = _SIDES[settings.PORTAL_INSTANCE]
    footer = tuple(
        Link(page.title, href) for page in _FOOTER if (href := _address(page.name)) is not None
    )
    return Frame(
        instance=settings.PORTAL_INSTANCE,
        side=side,
        promise=promise,
        colour=colour,
        demonstration=settings.DEMONSTRATION,
        footer=footer,
    )


def _links(request: HttpRequest, person: User, provider: Provider | None) -> Iterator[Link]:
    """Yield the pages of the menu that somebody may open."""
    held = _held(person, provider)
    for page in _MENUS[settings.PORTAL_INSTANCE]:
        if page.everywhere and not has_power(person, page.permission):
            continue
        if page.permission and not page.everywhere and page.permission not in held:
            continue
        of_provider = provider and page.permission and not page.everywhere
        href = _address(page.name, provider.code if provider and of_provider else None)
        if href is not None:
            yield Link(page.title, href, current=_is_here(request, page))


def _held(person: User, provider: Provider | None) -> frozenset[str]:
    """Return the permissions somebody has at a provider; where it is closed, only to approve."""
    if provider is None:
        return frozenset()
    of_groups = GroupObjectPermission.objects.filter(group__user=person, object_pk=provider.pk)
    held = frozenset(of_groups.values_list("permission__codename", flat=True))
    return held if is_open(provider) else held & {"approve_access"}


def _is_here(request: HttpRequest, page: Page) -> bool:
    """Whether the page asked for is this one of the menu, or stands under it."""
    match = request.resolver_match
    if match is None:
        return False
    return bool(match.view_name == page.name or match.view_name.startswith(f"{page.name}_"))


def _address(name: str, code: str | None = None) -> str | None:
    """Return a page's address, or None where this instance has no such page."""
    try:
        return reverse(name, kwargs={"code": code} if code else None)
    except NoReverseMatch:
        return None
