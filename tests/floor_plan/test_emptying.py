"""A test that committed leaves nothing behind for the next."""

import pytest
from django.contrib.auth.models import Permission
from django.test import TransactionTestCase

from portal.models import Provider, User
from tests.emptying import empty_tables

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_a_test_committed_is_gone_and_what_migrations_made_is_there() -> None:
    before = set(Permission.objects.values_list("codename", flat=True))
    Provider.objects.create(code="Z9A", name="Made up")
    User.objects.create(email="a@example.org")
    empty_tables(TransactionTestCase())
    assert not Provider.objects.exists()
    assert not User.objects.exists()
    assert before
    assert set(Permission.objects.values_list("codename", flat=True)) == before
