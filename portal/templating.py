"""The environment of every page of ours: strict about names, escaping everything."""

from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from django.utils.timezone import now
from jinja2 import Environment, StrictUndefined

from portal import wording
from portal.components import Components
from portal.navigation import frame
from portal.operations import banners


def environment(**options: Any) -> Environment:  # noqa: ANN401 - as Django gives them
    """Return the Jinja2 environment; a name that a page does not have is an error."""
    options["undefined"] = StrictUndefined
    options["autoescape"] = True
    options["finalize"] = wording.seen
    made = Environment(**options, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - it is on
    made.globals.update(
        url=url,
        static=static,
        nhs=Components(),
        frame=frame,
        get_messages=get_messages,
        now=now,
        instance=lambda: settings.PORTAL_INSTANCE,
        demonstration=lambda: settings.DEMONSTRATION,
        banners=banners,
        single_sign_on=lambda: bool(settings.OIDC_ISSUER),
    )
    made.filters.update(wording.FILTERS)
    return made


def url(name: str, /, **arguments: object) -> str:
    """Return the address of a page by its name and arguments."""
    return reverse(name, kwargs=arguments)
