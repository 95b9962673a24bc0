import uuid
from datetime import UTC, datetime

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto import mock_aws

from portal.handover import (
    Acknowledgement,
    Received,
    acknowledge,
    acknowledgements,
    clear,
    fetch,
    open_handover,
    pending,
    tidy,
)
from portal.transfers import BrokenSeal
from pseudonymisation.acknowledging import settle
from tests.pseudonymisation.days import SUBMISSION

NATIONAL = Ed25519PrivateKey.generate()


@pytest.fixture(params=["folder", "bucket"])
def shelved(request, door, monkeypatch):
    if request.param == "folder":
        yield door
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    with mock_aws():
        boto3.client("s3").create_bucket(
            Bucket="handover", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"}
        )
        door.handover_url = "s3://handover/pilot"
        yield door


def answer(transfer, outcome=Received.LOADED, code=""):
    return Acknowledgement(
        transfer=uuid.UUID(str(transfer)),
        submission=SUBMISSION,
        provider="Z9A",
        slot_version=1,
        outcome=outcome,
        code=code,
        rows=7,
        at=datetime(2024, 3, 6, 8, tzinfo=UTC),
    )


def test_a_transfer_goes_over_and_its_answer_comes_back(shelved, tmp_path):
    sent = shelved.send()
    shelf = open_handover(shelved.handover_url)
    assert shelved.open().origin.transfer == sent.transfer

    acknowledge(shelf, answer(sent.transfer), NATIONAL, tmp_path / "scratch")

    assert pending(shelf) == []
    found = list(acknowledgements(shelf, NATIONAL.public_key(), tmp_path / "scratch"))
    assert found == [answer(sent.transfer)]


def test_a_settled_transfer_leaves_nothing_behind(shelved, tmp_path):
    sent = shelved.send()
    shelf = open_handover(shelved.handover_url)
    acknowledge(shelf, answer(sent.transfer), NATIONAL, tmp_path / "scratch")

    clear(shelf, sent.transfer)
    assert list(acknowledgements(shelf, NATIONAL.public_key(), tmp_path / "scratch")) == []
    tidy(shelf)

    assert shelf.names("outgoing") == shelf.names("acknowledgements") == []


def test_a_refused_transfer_can_be_sent_again(shelved, tmp_path):
    sent = shelved.send()
    shelf = open_handover(shelved.handover_url)
    acknowledge(shelf, answer(sent.transfer, Received.REFUSED, "EPOCH"), NATIONAL, tmp_path / "x")
    clear(shelf, sent.transfer)
    tidy(shelf)

    shelved.send()

    assert pending(shelf) == [str(sent.transfer)]


def test_an_answer_by_somebody_else_is_no_answer(door, tmp_path):
    sent = door.send()
    shelf = open_handover(door.handover_url)
    acknowledge(shelf, answer(sent.transfer), Ed25519PrivateKey.generate(), tmp_path / "scratch")

    (found,) = acknowledgements(shelf, NATIONAL.public_key(), tmp_path / "scratch")

    assert isinstance(found, BrokenSeal)
    assert found.code == "SIGNATURE"


def test_an_answer_to_one_transfer_is_none_to_another(door, tmp_path):
    sent = door.send()
    other = door.send(slot_version=2)
    shelf = open_handover(door.handover_url)
    acknowledge(shelf, answer(sent.transfer), NATIONAL, tmp_path / "scratch")
    for suffix in ("json", "sig"):
        shelf.get(f"acknowledgements/{sent.transfer}.{suffix}", tmp_path / suffix)
        shelf.put(f"acknowledgements/{other.transfer}.{suffix}", tmp_path / suffix)

    found = list(acknowledgements(shelf, NATIONAL.public_key(), tmp_path / "scratch"))

    assert sorted(getattr(one, "code", "") for one in found) == ["", "TRANSFER"]


def test_a_name_does_not_lead_out_of_the_store(door, tmp_path):
    shelf = open_handover(door.handover_url)

    with pytest.raises(ValueError, match="inside"):
        shelf.get("outgoing/../../signing.pem", tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        shelf.get("outgoing/none", tmp_path / "x")
    assert fetch(shelf, str(SUBMISSION), tmp_path).is_dir()


def test_an_unknown_kind_of_store_is_refused():
    with pytest.raises(ValueError, match="HANDOVER_URL"):
        open_handover("ftp://nowhere")


@pytest.mark.parametrize("dies", [True, False])
def test_settling_again_after_a_crash_changes_nothing(door, settings, tmp_path, dies):
    public = tmp_path / "national.pem"
    public.write_bytes(public_pem())
    settings.HANDOVER_URL = door.handover_url
    settings.NATIONAL_VERIFY_KEY_FILE = str(public)
    sent = door.send()
    acknowledge(open_handover(door.handover_url), answer(sent.transfer), NATIONAL, tmp_path / "s")
    handled = []

    def handle(one):
        handled.append(one.transfer)
        if dies and len(handled) == 1:
            raise RuntimeError

    if dies:
        with pytest.raises(RuntimeError):
            settle(handle)

    assert settle(handle) == 1
    assert settle(handle) == 0
    assert set(handled) == {sent.transfer}


def public_pem() -> bytes:
    return NATIONAL.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
