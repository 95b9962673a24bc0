"""How long a recount takes after a transfer, when a year of a provider's days is held."""

import logging
import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from portal.scope import provider_scope
from tests.viewer.a_year import DAYS, FIRST_DAY, statements
from viewer.counting import count
from viewer.models import Slot

pytestmark = [
    pytest.mark.long,
    pytest.mark.django_db(transaction=True, databases=["default", "records"]),
]
LOGGER = logging.getLogger(__name__)
PROVIDER = "Z9A"
TARGET, LATE_TARGET = 2.0, 20.0  # seconds of a processor


def make_a_year():
    with provider_scope(PROVIDER, using="default"), connection.cursor() as cursor:
        for statement in statements(PROVIDER):
            cursor.execute(statement)
        Slot.objects.bulk_create(slot(FIRST_DAY + timedelta(days=back)) for back in range(DAYS))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself


def slot(day):
    return Slot(
        provider=PROVIDER,
        period_start=day,
        period_end=day,
        version=1,
        transfer=uuid.UUID(int=1),
        reference="S-MADEUP",
        data_set="community_pilot",
        data_set_version="2.0",
        received_at=datetime.combine(day, datetime.min.time(), UTC),
    )


def processor_seconds(day):
    """What a recount costs the database and this process, however busy the machine is."""
    with provider_scope(PROVIDER, using="default"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        processes = (cursor.fetchone()[0], os.getpid())
        begun = sum(map(used, processes))
        count(PROVIDER, day)
        return sum(map(used, processes)) - begun


def used(process):
    """The processor time of a process so far, in seconds."""
    told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def test_a_day_is_counted_in_two_seconds_when_a_year_is_held(ticket):
    make_a_year()
    last = FIRST_DAY + timedelta(days=DAYS - 1)
    costs = {
        "first": processor_seconds(last),
        "again": min(processor_seconds(last) for _ in range(3)),
        "30 days late": processor_seconds(last - timedelta(days=30)),
    }

    LOGGER.info("processor seconds: %s", costs)
    assert costs["again"] < TARGET, costs
    assert costs["30 days late"] < LATE_TARGET, costs
