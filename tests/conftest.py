"""What every room's tests may ask for."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connection

pytest_plugins = ["tests.people"]


@pytest.fixture
def agem(settings):
    """The instance that receives identifiable data."""
    settings.PORTAL_INSTANCE = "agem"
    settings.ROOT_URLCONF = "portal.urls.agem"
    return settings


@pytest.fixture
def national(settings):
    """The instance that shows pseudonymised data."""
    settings.PORTAL_INSTANCE = "national"
    settings.ROOT_URLCONF = "portal.urls.national"
    return settings


@pytest.fixture
def as_role(db) -> Callable[[str], AbstractContextManager[None]]:
    """Use the database as one of the login roles: `with as_role("national_portal"): ...`."""

    @contextmanager
    def acting(role: str) -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                with connection.cursor() as cursor:
                    cursor.execute("RESET ROLE")

    return acting
