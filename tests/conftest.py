"""What every room's tests may ask for."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from tests.emptying import empty_tables

pytest_plugins = ["tests.canaries", "tests.pages.browsing", "tests.people"]


@pytest.fixture(autouse=True, scope="session")
def quick_emptying() -> Iterator[None]:
    """After a test that committed, empty what it filled and leave the other tables alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield


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
        with transaction.atomic(), connection.cursor() as cursor:  # a failure restores the role
            cursor.execute(f"SET ROLE {role}")
            yield
            cursor.execute("RESET ROLE")

    return acting
