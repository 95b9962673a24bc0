"""Who may open which page: read from the addresses themselves, so that none can be forgotten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from django.urls import URLPattern, URLResolver

from portal.audit import SENTENCES
from portal.roles import ROLES, Role, Scope

OPEN_PAGES = ("accessibility/", "privacy/", "status/")
# open to anybody, signed in or not; every other page needs at least a sign-in
PUBLIC_ROOTS = ("healthz", "readyz", "metrics", "accounts/", "api/", *OPEN_PAGES)
ADMINISTERED = "admin/"


@dataclass(frozen=True)
class Route:
    """One address: its pattern, its name, and the permissions or powers of which it asks one."""

    pattern: str
    name: str
    asks_for: tuple[str, ...]

    @property
    def is_public(self) -> bool:
        """Whether no sign-in is asked for: health, the sign-in pages, and the API of machines."""
        return self.pattern.startswith(PUBLIC_ROOTS)

    @property
    def is_of_a_provider(self) -> bool:
        """Whether the address names a provider."""
        return "<str:code>" in self.pattern


def routes(instance: str) -> tuple[Route, ...]:
    """Return every address of an instance, in the order in which they are tried."""
    patterns = import_module(f"portal.urls.{instance}").urlpatterns
    return tuple(_walk(patterns, "", ""))


def may_open(role: Role, route: Route) -> bool:
    """Say whether holders of a role may open a page (of their own provider)."""
    if not route.asks_for:
        return True
    return bool((role.permissions | role.powers) & set(route.asks_for))


def table() -> str:
    """Return docs/reference/access.md: the roles, and each page against each role."""
    lines = [
        "# Who may do what",
        "",
        "Made from `portal/roles.py` and the addresses themselves by `manage.py draw_access`.",
        "A test visits every page in every role, at its own provider and at a foreign one.",
        "",
        "## Roles",
        "",
        "| role | instance | held at | approvals | may |",
        "|---|---|---|---|---|",
        *(_role_line(role) for role in ROLES.values()),
    ]
    for instance, title in (("agem", "AGEM instance"), ("national", "National instance")):
        lines += ["", f"## Pages of the {title}", "", *_pages(instance)]
    return "\n".join([*lines, ""])


def events_table() -> str:
    """Return docs/reference/audit-events.md: every kind of event in the trail."""
    lines = [
        "# What the audit trail tells",
        "",
        "Made from `portal/audit.py` by `manage.py draw_access --events`. An event also carries a",
        "number, time, actor, provider, request id, address, and facts: ids, counts and codes,",
        "never a value of a record.",
        "",
        "| event | what happened |",
        "|---|---|",
        *(f"| `{event.value}` | {sentence} |" for event, sentence in SENTENCES.items()),
    ]
    return "\n".join([*lines, ""])


def _role_line(role: Role) -> str:
    instances = ", ".join(sorted(role.instances))
    return f"| {role.title} | {instances} | {role.scope} | {role.approvals} | {role.sentence} |"


def _pages(instance: str) -> Iterator[str]:
    """Yield the table of an instance's pages: own, delegated or every provider; else 404."""
    roles = [role for role in ROLES.values() if instance in role.instances]
    yield "Empty: the page is not there (404). *own*: at the provider of the grant alone."
    yield "`/admin/` stands for all of it."
    yield ""
    yield "| page | " + " | ".join(role.title for role in roles) + " |"
    yield "|---" * (len(roles) + 1) + "|"
    for route in routes(instance):
        inside = route.pattern.startswith(ADMINISTERED) and route.pattern != ADMINISTERED
        if not route.is_public and route.asks_for and not inside:
            cells = " | ".join(_cell(role, route) for role in roles)
            yield f"| `/{route.pattern}` | {cells} |"
    yield ""
    signed_in = [route for route in routes(instance) if not route.is_public and not route.asks_for]
    yield "Anybody signed in: " + ", ".join(f"`/{route.pattern}`" for route in signed_in) + "."


def _cell(role: Role, route: Route) -> str:
    if not may_open(role, route):
        return ""
    if not route.is_of_a_provider:
        return "yes"
    by_scope = {Scope.PROVIDER: "own", Scope.ORGANISATION: "delegated", Scope.EVERYWHERE: "every"}
    return "board's" if role.name == "icb_viewer" else by_scope[role.scope]


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespace: str) -> Iterator[Route]:
    for entry in patterns:
        path = prefix + _plain(str(entry.pattern))
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, path, inner)
        else:
            asked = getattr(entry.callback, "asks_for", ())
            power = ("administer",) if path.startswith(ADMINISTERED) else ()
            yield Route(path, f"{namespace}{entry.name}", asked or power)


def _plain(pattern: str) -> str:
    """Return a pattern as people read it, without the signs of a regular expression."""
    return re.sub(r"\(\?P<(\w+)>.*?\)", r"<\1>", pattern).strip("^$").replace("\\Z", "")
