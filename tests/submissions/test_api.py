"""A machine sends a day and follows it."""

import base64
import hashlib

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def digest(data):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def test_a_day_is_taken_in_and_can_be_followed(send, get, day):
    answer = send(day(), **{"Content-Digest": digest(day())})

    assert answer.status_code == 202, answer.json()
    said = answer.json()
    assert said["state"] == "received"
    assert said["sha256"] == hashlib.sha256(day()).hexdigest()
    assert answer["Location"].endswith(said["reference"])
    assert get(f"/{said['reference']}").json()["version"] == "2.0"
    moves = get(f"/{said['reference']}/history").json()["moves"]
    assert [move["to"] for move in moves] == ["receiving", "received"]


def test_a_day_is_judged_and_handed_over(send, get, day, work, tmp_path):
    reference = send(day()).json()["reference"]

    work()

    said = get(f"/{reference}").json()
    assert said["state"] == "transferring", get(f"/{reference}/history").json()
    assert said["slot_version"] == 1
    assert {table["table"] for table in said["tables"]} >= {"CYP001MPI", "CYP201CareContact"}
    assert len(list((tmp_path / "handover" / "outgoing").iterdir())) == 1
