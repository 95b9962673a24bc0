"""Read settings and secrets from the environment, or refuse to start."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

INSTANCES = ("agem", "national")


class MissingSetting(Exception):
    """A setting without which the instance may not start."""


def choose_instance() -> str:
    """Point Django at the settings of PORTAL_INSTANCE; there is no default.

    Raises MissingSetting when the variable is absent or names no instance.
    """
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        return os.environ.get("PORTAL_INSTANCE", "testing")
    instance = os.environ.get("PORTAL_INSTANCE", "")
    if instance not in INSTANCES:
        raise MissingSetting(
            "Set PORTAL_INSTANCE to 'agem' (identifiable) or 'national' (pseudonymised)."
        )
    os.environ["DJANGO_SETTINGS_MODULE"] = f"portal.settings.{instance}"
    return instance


def read(name: str, default: str | None = None) -> str:
    """Return a setting from NAME, or from the file that NAME_FILE names.

    Raises MissingSetting when neither is there and no default is given.
    """
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    if default is None:
        raise MissingSetting(f"Set {name} or {name}_FILE.")
    return default


def read_database(name: str) -> dict[str, object]:
    """Return Django's database settings from a postgresql:// URL in the environment."""
    return parse_database(read(name))


def parse_database(url: str) -> dict[str, object]:
    """Return Django's database settings of a URL; a host may be a socket folder (?host=/path)."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise MissingSetting("A database URL begins with postgresql://.")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"server_side_binding": True, **query},
    }
