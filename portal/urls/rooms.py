"""The addresses of rooms that are in this instance."""

from importlib.util import find_spec

from django.urls import URLResolver, include, path


def room(module: str, prefix: str = "") -> list[URLResolver]:
    """Return a room's addresses under a prefix, or nothing while it has none."""
    return [path(prefix, include(module))] if find_spec(module) else []
