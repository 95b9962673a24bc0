"""What the viewer's tests stand on: providers, rows in their tables, and the ticket key."""

import uuid
from datetime import UTC, date, datetime

import pytest

from portal.row_security import load_key
from portal.scope import provider_scope, ticket_key
from tests.viewer.delivering import contact, deliver, person, together
from viewer.models import RECORD_MODELS, MeasureCount, Slot
from viewer.receiving import receive_due

TUESDAY = date(2024, 3, 5)


@pytest.fixture
def ticket(transactional_db):
    """The database verifies the tickets of this process."""
    load_key(ticket_key())


@pytest.fixture
def two_providers(ticket):
    """Three rows of one provider and five of another in every record table."""
    for code, count in (("Z9A", 3), ("Z9B", 5)):
        with provider_scope(code, using="default"):
            for model in RECORD_MODELS.values():
                model.objects.bulk_create(_rows(model, code, count))
            Slot.objects.create(**_slot(code))
            MeasureCount.objects.create(
                provider=code, measure="contacts", split="total", day=date(2024, 3, 5), value=count
            )


def _rows(model, code, count):
    return [
        model(
            provider=code,
            period_end=date(2024, 3, 5),
            transfer=uuid.uuid4(),
            row=row,
            history=uuid.uuid4(),
        )
        for row in range(count)
    ]


def _slot(code):
    return {
        "provider": code,
        "period_start": date(2024, 3, 5),
        "period_end": date(2024, 3, 5),
        "version": 1,
        "transfer": uuid.uuid4(),
        "reference": "S-TEST01",
        "data_set": "community_pilot",
        "data_set_version": "2.0",
        "received_at": datetime(2024, 3, 6, 6, 14, tzinfo=UTC),
    }


@pytest.fixture
def handover(settings, tmp_path, ticket):
    """An empty hand-over store, and a function that delivers to it."""
    settings.HANDOVER_URL = (tmp_path / "handover").as_uri()

    def to_store(provider, day, tables, **more):
        return deliver(tmp_path / "sealed", provider, day, tables, **more)

    return to_store


@pytest.fixture
def reader(national, provider, somebody, client, handover):
    """Somebody who may see records of a provider with 120 contacts of two people."""
    rows = together(
        person("ann"),
        person("bob"),
        *(contact("ann", number, TUESDAY) for number in range(100)),
        *(contact("bob", number, TUESDAY, "3") for number in range(20)),
    )
    handover("Z9A", TUESDAY, rows)
    receive_due()
    client.force_login(somebody("record_viewer", provider))
    return client


@pytest.fixture
def with_purpose(reader):
    reader.post("/providers/Z9A/records/purpose/", {"purpose": "quality"})
    return reader
