import time

import pytest
from django.db import ProgrammingError, connections
from django.db.utils import InternalError

from portal.scope import NoScope, key_id, provider_scope, sign_ticket, ticket_key
from viewer.models import RECORD_MODELS, MeasureCount
from viewer.wall import find_breaches

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])
Referral = RECORD_MODELS["CYP101Referral"]


def with_ticket(ticket):
    """Count referrals with a ticket put into the transaction by hand."""
    with provider_scope("Z9A"), connections["records"].cursor() as cursor:
        cursor.execute("SELECT set_config('portal.ticket', %s, true)", [ticket])
        cursor.execute("SELECT count(*) FROM viewer_cyp101referral")
        return cursor.fetchone()[0]


@pytest.mark.parametrize(("code", "count"), [("Z9A", 3), ("Z9B", 5), ("Z9C", 0)])
@pytest.mark.parametrize("model", RECORD_MODELS.values())
def test_a_provider_sees_its_own_rows_of_every_table(two_providers, model, code, count):
    with provider_scope(code):
        assert model.objects.using("records").count() == count


def test_a_query_without_scope_is_refused(two_providers):
    with pytest.raises(NoScope):
        Referral.objects.using("records").count()


def test_two_scopes_at_once_are_refused(two_providers):
    with provider_scope("Z9A"), pytest.raises(NoScope), provider_scope("Z9B"):
        pass


@pytest.mark.parametrize("code", ["", "z9a", "Z9A'", "Z9A.1", "A" * 13, "Z9A\n"])
def test_a_code_that_cannot_be_a_providers_is_refused(ticket, code):
    with pytest.raises(NoScope), provider_scope(code):
        pass


def test_nothing_stays_on_the_connection(two_providers):
    with provider_scope("Z9A"):
        assert Referral.objects.using("records").count() == 3

    connections["records"].execute_wrappers.clear()
    with connections["records"].cursor() as cursor:
        cursor.execute("SELECT count(*), current_setting('portal.ticket', true) FROM viewer_slot")
        assert cursor.fetchone() == (0, "")
    connections["records"].close()


def test_a_block_that_fails_leaves_no_scope_behind(two_providers):
    with pytest.raises(ZeroDivisionError), provider_scope("Z9A"):
        raise ZeroDivisionError

    with provider_scope("Z9B"):
        assert Referral.objects.using("records").count() == 5


def test_a_forged_expired_or_foreign_ticket_shows_nothing(two_providers):
    good = sign_ticket("Z9B", ticket_key(), int(time.time()) + 30)
    forged = good[:-1] + ("0" if good[-1] != "0" else "1")

    assert with_ticket(good) == 5
    assert with_ticket(forged) == 0
    assert with_ticket(good.replace("Z9B", "Z9A")) == 0
    assert with_ticket(sign_ticket("Z9B", ticket_key(), int(time.time()) - 1)) == 0
    assert with_ticket(sign_ticket("Z9B", b"k" * 32, int(time.time()) + 30)) == 0
    assert with_ticket(good.replace(key_id(ticket_key()), "00000000")) == 0
    assert with_ticket("Z9B") == 0
    assert with_ticket("") == 0


def test_each_last_digit_but_one_is_wrong(two_providers):
    good = sign_ticket("Z9B", ticket_key(), int(time.time()) + 30)

    assert sum(with_ticket(good[:-1] + digit) for digit in "0123456789abcdef") == 5


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM viewer_slot",
        "UPDATE viewer_slot SET version = 2",
        "SELECT * FROM ctx.key",
        "SELECT * FROM portal_user",
        "SET ROLE agem_owner",
        "CREATE TABLE public.t (x int)",
        "CREATE TEMP TABLE t (x int)",
    ],
)
def test_the_reading_role_may_only_read_records(two_providers, statement):
    with (
        pytest.raises((ProgrammingError, InternalError)),
        provider_scope("Z9A"),
        connections["records"].cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_receiver_writes_nothing_outside_its_scope(two_providers):
    with pytest.raises(ProgrammingError), provider_scope("Z9A", using="default"):
        MeasureCount.objects.create(
            provider="Z9B", measure="x", split="total", day="2024-03-05", value=1
        )


def test_the_wall_stands_for_the_reading_role_and_not_for_the_owner(two_providers):
    with provider_scope("Z9A"):
        assert find_breaches(connections["records"]) == []
    assert "owns a table" in " ".join(find_breaches(connections["default"]))
