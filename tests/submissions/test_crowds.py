"""Many senders at once: every key is one submission, every period one rising line of versions."""

import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from threading import BoundedSemaphore

import pytest
from django.db import connections, transaction
from django.test import Client

from submissions.api.throttling import CredentialRate
from submissions.models import Submission
from submissions.pipeline import accept
from submissions.states import State

pytestmark = pytest.mark.django_db(transaction=True)
CONNECTIONS = 40
BEGUN = datetime(2024, 3, 6, 6, tzinfo=UTC)


def in_threads(number, work, tasks):
    """Do every task in one of a number of threads, with no more connections than a server has."""
    pool = BoundedSemaphore(CONNECTIONS)

    def doing(task):
        with pool:
            try:
                return work(task)
            finally:
                connections.close_all()

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(doing, tasks))


def commented(package, comment):
    """The same package with other bytes."""
    held = BytesIO(package)
    with zipfile.ZipFile(held, "a") as opened:
        opened.comment = comment.encode()
    return held.getvalue()


@pytest.mark.parametrize(
    ("threads", "keys"), [(8, 6), pytest.param(100, 100, marks=pytest.mark.long)]
)
def test_the_same_keys_from_many_threads_make_one_submission_each(
    threads, keys, key, day, settings, monkeypatch
):
    monkeypatch.setattr(CredentialRate, "get_rate", lambda _: None)  # the crowd is the point
    settings.SUBMISSIONS_IN_FLIGHT_PER_PROVIDER = settings.SUBMISSIONS_IN_FLIGHT = 100_000
    bodies = [commented(day(), f"{number}") for number in range(keys)]

    def post(number):
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"key-{number}"}
        while True:
            answer = Client().post(
                "/api/v1/submissions?mode=test",
                bodies[number],
                content_type="application/zip",
                headers=headers,
            )
            if answer.status_code != 409:
                return answer.status_code, answer.json()["reference"]

    turns = [(thread + number) % keys for number in range(keys) for thread in range(threads)]
    answers = in_threads(threads, post, turns)

    assert sorted({status for status, _ in answers}) == [200, 202]
    assert sum(status == 202 for status, _ in answers) == keys
    assert len({reference for _, reference in answers}) == keys
    assert Submission.objects.count() == keys


def resubmission(provider, number):
    """A submission of one and the same day, checked and ready to be accepted."""
    return Submission(
        provider=provider,
        state=State.CHECKING,
        data_set="community_pilot",
        period_start=date(2024, 3, 5),
        period_end=date(2024, 3, 5),
        received_at=BEGUN + timedelta(seconds=number),
    )


def accept_one(pk):
    with transaction.atomic():
        accept(Submission.objects.select_for_update().get(pk=pk))


@pytest.mark.parametrize("number", [60, pytest.param(1000, marks=pytest.mark.long)])
def test_resubmissions_of_a_day_are_numbered_without_a_gap(number, provider):
    rows = [resubmission(provider, place) for place in range(number)]
    Submission.objects.bulk_create(rows)

    in_threads(8, accept_one, [row.pk for row in rows])

    versions = Submission.objects.exclude(slot_version=None).values_list("slot_version", flat=True)
    assert sorted(versions) == list(range(1, len(versions) + 1))
    newest = Submission.objects.get(pk=rows[-1].pk)
    assert newest.state == State.ACCEPTED
    assert newest.slot_version == max(versions)
    assert not Submission.objects.exclude(state__in=[State.ACCEPTED, State.SUPERSEDED]).exists()


def test_a_submission_that_is_overtaken_is_superseded_at_once(provider):
    earlier, later = (resubmission(provider, number) for number in (1, 2))
    Submission.objects.bulk_create([earlier, later])

    accept_one(later.pk)
    accept_one(earlier.pk)

    earlier.refresh_from_db()
    assert earlier.state == State.SUPERSEDED
    assert earlier.superseded_by_id == later.pk
    assert earlier.slot_version is None
