"""What must be so before an instance serves anybody; a check that fails stops the start."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.checks import Warning as Caution
from django.db import OperationalError, connections

# what only the AGEM instance may know, and what only the national instance may know
AGEM_ONLY = (
    "STORE_URL",
    "STORE_KEY",
    "STORE_KEY_FILE",
    "PSEUDONYM_KEYS_URL",
    "PSEUDONYM_KEYS",
    "SIGNING_KEY_FILE",
    "DATABASE_URL_AGEM",
)
NATIONAL_ONLY = (
    "RECORDS_DATABASE_URL",
    "TICKET_KEY_FILE",
    "DISPLAY_KEY_FILE",
    "ACKNOWLEDGEMENT_KEY_FILE",
    "DATABASE_URL_NATIONAL",
)
FOREIGN = {"agem": NATIONAL_ONLY, "national": AGEM_ONLY}
KEY_FILES = {
    "agem": ("STORE_KEY_FILE", "SIGNING_KEY_FILE", "CHECKPOINT_KEY_FILE"),
    "national": (
        "TICKET_KEY_FILE",
        "DISPLAY_KEY_FILE",
        "ACKNOWLEDGEMENT_KEY_FILE",
        "CHECKPOINT_KEY_FILE",
    ),
}


class Unsound(Exception):
    """An instance that may not serve anybody; the message says what to mend."""


_SHORTEST_SECRET = 50
_FEWEST_CHARACTERS = 5
_OFF_THE_SHELF = ("django-insecure", "changeme", "change-me", "example")
_OPEN_TO_OTHERS = 0o077


def refuse_unless_sound(*tags: str) -> None:
    """Run the checks, all or those of some tags, on this instance. Raises Unsound if one fails."""
    messages = run_checks(tags=tags or None, databases=list(connections))
    grave = [one for one in messages if one.is_serious() and not one.is_silenced()]
    if grave:
        raise Unsound("; ".join(f"{one.id}: {one.msg}" for one in grave))


@register(Tags.security)
def knows_nothing_of_the_other_instance(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - given by Django
    **_: object,
) -> Iterable[CheckMessage]:
    """An instance with a credential or key of the other in its environment does not start."""
    foreign = FOREIGN.get(settings.PORTAL_INSTANCE, ())
    for name in foreign:
        if os.environ.get(name):
            yield Error(
                f"{name} belongs to the other instance and is in the environment of this one.",
                hint="Take it away; the instances share no credential and no key.",
                id="portal.E001",
            )


@register(Tags.security)
def has_secrets_of_its_own(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - given by Django
    **_: object,
) -> Iterable[CheckMessage]:
    """A short or repetitive secret key, or debugging, stops the start."""
    secret = settings.SECRET_KEY
    if len(secret) < _SHORTEST_SECRET or len(set(secret)) < _FEWEST_CHARACTERS:
        yield Error(f"SECRET_KEY has fewer than {_SHORTEST_SECRET} characters.", id="portal.E002")
    if any(word in secret.lower() for word in _OFF_THE_SHELF):
        yield Error("SECRET_KEY is an example that others have too.", id="portal.E008")
    if settings.DEBUG:
        yield Error("DEBUG shows values in its error pages, and is never on.", id="portal.E003")


@register(Tags.security)
def keeps_its_keys_to_itself(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - given by Django
    **_: object,
) -> Iterable[CheckMessage]:
    """A key file that is missing, or that other accounts may read, stops the start."""
    for name in KEY_FILES.get(settings.PORTAL_INSTANCE, ()):
        path = Path(getattr(settings, name))
        if not os.access(path, os.R_OK):
            yield Error(f"The file that {name} names cannot be read.", id="portal.E004")
        elif path.stat().st_mode & _OPEN_TO_OTHERS:
            yield Error(
                f"The file that {name} names can be read by other accounts.",
                hint="chmod 0400",
                id="portal.E005",
            )


@register(Tags.database)
def uses_the_database_as_nobody_special(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - given by Django
    databases: Sequence[str] | None = None,
    **_: object,
) -> Iterable[CheckMessage]:
    """A database role that could step over row security stops the start."""
    for alias in databases or ():
        try:
            powers = _powers(alias)
        except OperationalError:
            yield Caution(f"The database '{alias}' does not answer.", id="portal.W006")
            continue
        if any(powers):
            yield Error(
                f"The role of '{alias}' is a superuser or may step over row security.",
                id="portal.E007",
            )


def _powers(alias: str) -> tuple[bool, ...]:
    """Ask the driver itself: a question about the role needs no provider's scope."""
    query = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    connections[alias].ensure_connection()
    row = connections[alias].connection.execute(query).fetchone()
    return tuple(row or (True,))
