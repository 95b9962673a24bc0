import pytest
from django.db import DatabaseError, connection, transaction

from portal.grants import revoke
from portal.models import Grant, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]


def test_every_state_of_a_grant_is_kept(provider, somebody):
    held = somebody("submitter", provider).grants.get()

    revoke(held, by=None, because="moved on")

    states = list(held.events.order_by("pgh_id").values_list("pgh_label", "revoked_because"))
    assert states == [("insert", ""), ("update", "moved on")]


def test_changes_by_raw_sql_and_in_bulk_are_kept_too(provider, somebody, as_role):
    somebody("submitter", provider)
    with as_role("agem_portal"), connection.cursor() as cursor:
        cursor.execute("UPDATE portal_grant SET reason = 'slipped in'")

    assert Grant.objects.get(role="submitter").events.last().reason == "slipped in"


def test_history_only_grows(provider):
    with pytest.raises(DatabaseError), transaction.atomic():
        provider.events.update(name="never was")


def test_no_password_is_in_the_history():
    kept = {field.name for field in User.events.rel.related_model._meta.fields}

    assert "email" in kept
    assert "password" not in kept
