"""Stop the AGEM instance from starting with a wrong key."""

from collections.abc import Iterable, Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from pseudonymisation.key_stores import load_ring
from pseudonymisation.keys import KeyFault
from pseudonymisation.witnessing import check_values


@register(Tags.database)
def the_keys_are_those_of_before(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - given by Django
    databases: Sequence[str] | None = None,
    **_: object,
) -> Iterable[CheckMessage]:
    """Every key that was seen is still there and no other, and one is active."""
    if not databases:
        return []
    try:
        seen = check_values()
    except DatabaseError:
        return []  # before the first migration nothing was seen
    try:
        if seen:
            load_ring(settings.PSEUDONYM_KEYS_URL, seen).key_set()
    except KeyFault as fault:
        return [
            Error(
                f"The pseudonym keys are not those of before: {fault}.",
                hint="Put the right key ring in place; PSEUDONYM_KEYS_URL says where it is kept.",
                id="pseudonymisation.E001",
            )
        ]
    return []
