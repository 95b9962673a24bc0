"""The rules of a submission's life: duplicates, resubmissions, withdrawal, and what stands."""

import pytest

from portal.handover import Received
from submissions.models import StoredFile, Submission
from submissions.states import State

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(reference):
    return Submission.objects.get(reference=reference).state


@pytest.fixture
def sent(send, day):
    """Send a day of a seed and return its reference."""

    def sending(seed=1, query=""):
        return send(day(seed=seed), query=query).json()["reference"]

    return sending


def test_a_day_is_transferred_once_the_national_side_says_so(sent, work, answer):
    reference = sent()
    work()

    assert answer() == ["records"]

    assert state_of(reference) == State.TRANSFERRED


def test_the_same_bytes_again_point_to_the_first(send, day):
    first = send(day()).json()["reference"]

    again = send(day())

    assert again.status_code == 200
    assert again.json()["reference"] == first
    assert Submission.objects.filter(state=State.DUPLICATE).get().duplicate_of.reference == first
    assert StoredFile.objects.count() == 1


def test_a_later_day_replaces_the_earlier_only_when_it_has_arrived(sent, work, answer):
    first = sent(seed=1)
    work()
    answer()
    second = sent(seed=2)
    work()

    assert (state_of(first), state_of(second)) == (State.TRANSFERRED, State.TRANSFERRING)
    answer()
    assert (state_of(first), state_of(second)) == (State.SUPERSEDED, State.TRANSFERRED)


def test_a_refused_transfer_leaves_the_good_one_standing(sent, work, answer):
    first = sent(seed=1)
    work()
    answer()
    second = sent(seed=2)
    work()

    answer(Received.REFUSED, "LEAK")

    assert (state_of(first), state_of(second)) == (State.TRANSFERRED, State.FAILED)


def test_a_test_is_kept_and_never_sent_on(sent, work, tmp_path):
    reference = sent(query="?mode=test")

    work()

    assert state_of(reference) == State.ACCEPTED
    assert not list((tmp_path / "handover" / "outgoing").iterdir())


def test_a_check_leaves_a_report_and_no_records(sent, work, get):
    reference = sent(query="?mode=check")

    work()

    assert state_of(reference) == State.ACCEPTED
    assert set(StoredFile.objects.exclude(shredded_at=None).values_list("kind", flat=True)) >= {
        "sent",
        "masks",
    }
    assert not StoredFile.objects.filter(kind="sent", wrapped_key__isnull=False).exists()
    assert get(f"/{reference}/errors").status_code == 200


def test_a_withdrawal_reaches_the_national_side(client, key, sent, work, answer):
    reference = sent()
    work()
    answer()

    said = client.post(
        f"/api/v1/submissions/{reference}/withdraw",
        {"because": "Sent for the wrong day."},
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    work()

    assert said.json()["state"] == "withdrawn"
    assert answer() == ["withdrawal"]


def test_what_cannot_be_done_is_refused_with_what_can(client, key, sent):
    reference = sent()

    said = client.post(
        f"/api/v1/submissions/{reference}/retry", headers={"Authorization": f"Bearer {key}"}
    )

    assert said.status_code == 409
    assert said.json()["possible"] == ["withdraw"]


def test_an_idempotency_key_stands_for_one_content(send, day):
    once = send(day(), **{"Idempotency-Key": "day-65"})
    again = send(day(), **{"Idempotency-Key": "day-65"})
    other = send(day(seed=2), **{"Idempotency-Key": "day-65"})

    assert (once.status_code, again.status_code, other.status_code) == (202, 200, 422)
    assert once.json()["reference"] == again.json()["reference"]
    assert Submission.objects.count() == 1


def test_an_idempotency_key_of_a_refused_upload_can_be_used_again(send, day):
    refused = send(b"nonsense\n", content_type="text/csv", **{"Idempotency-Key": "k"})
    taken = send(day(), **{"Idempotency-Key": "k"})

    assert (refused.status_code, taken.status_code) == (422, 202)
