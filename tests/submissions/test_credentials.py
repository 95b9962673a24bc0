"""A key opens what it is for, from where it may, as long as it lives, and nothing else."""

import json
import stat
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from portal.models import Delegation, Organisation
from submissions.api.throttling import CredentialRate
from submissions.credentials import Terms, TooManyKeys, find_by_key, new_key, revoke
from submissions.models import Credential, Submission
from submissions.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def status(client):
    """The status that a key is answered with."""

    def asking(text, query="", **extra):
        headers = {"Authorization": f"Bearer {text}"}
        return client.get(f"/api/v1/submissions{query}", headers=headers, **extra).status_code

    return asking


def test_a_key_is_shown_once_and_kept_as_a_digest(provider):
    credential, text = new_key(provider.code, by="test")

    secret = text.split("_")[2]
    assert secret not in str(list(Credential.objects.values()))
    assert find_by_key(text) == credential


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda text: text[:-1],
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text.replace("csds_", "csdx_"),
        lambda text: text[:14] + "A" * 43 + text[57:],
        lambda text: text + "\n",
        lambda _: "x" * 10_000,
    ],
)
def test_any_other_text_is_no_key(provider, change):
    _, text = new_key(provider.code, by="test")

    assert find_by_key(change(text)) is None


def test_a_key_ends_when_it_expires_or_is_revoked(provider, status):
    expired, first = new_key(provider.code, by="test")
    Credential.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    revoked, second = new_key(provider.code, by="test")
    assert status(second) == 200
    revoke(revoked, by="test")

    assert (status(first), status(second)) == (401, 401)


def test_two_keys_live_at_once_and_no_third(provider):
    for _ in range(2):
        new_key(provider.code, by="test")

    with pytest.raises(TooManyKeys):
        new_key(provider.code, by="test")


def test_a_key_is_good_only_from_its_networks(provider, status):
    _, text = new_key(provider.code, by="test", terms=Terms(addresses=["10.1.0.0/16"]))

    assert status(text, REMOTE_ADDR="10.1.2.3") == 200
    assert status(text, REMOTE_ADDR="10.2.2.3") == 401


def test_the_last_use_is_written_down(provider, status):
    credential, text = new_key(provider.code, by="test")
    status(text)

    credential.refresh_from_db()
    assert timezone.now() - credential.used_at < timedelta(minutes=1)


def test_a_key_of_another_provider_learns_nothing(provider, other_provider, client):
    _, text = new_key(other_provider.code, by="test")
    there = Submission.objects.create(provider=provider, state=State.RECEIVED)
    headers = {"Authorization": f"Bearer {text}"}

    answers = [
        client.get(f"/api/v1/submissions/{reference}{part}", headers=headers)
        for reference in (there.reference, "S-0000000")
        for part in ("", "/history", "/receipt", "/errors", "/difference")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_a_supplier_sends_for_the_providers_that_delegated(
    provider, other_provider, somebody, status
):
    supplier = Organisation.objects.create(code="SUP1", name="Supplier", kind="supplier")
    today = timezone.localdate()
    Delegation.objects.create(
        provider=provider,
        supplier=supplier,
        starts=today,
        ends=today,
        approved_by=somebody("provider_approver", provider),
    )
    _, text = new_key(supplier.code, by="test")

    assert status(text, "?provider=Z9A") == 200
    assert status(text, "?provider=Z9B") == 404
    Delegation.objects.update(ended_at=timezone.now())
    assert status(text, "?provider=Z9A") == 404


def test_too_many_requests_are_asked_to_wait(provider, client, monkeypatch):
    monkeypatch.setattr(CredentialRate, "get_rate", lambda _: "2/min")
    _, text = new_key(provider.code, by="test")
    headers = {"Authorization": f"Bearer {text}"}

    answers = [client.get("/api/v1/submissions", headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("setting", "value", "status"),
    [
        ("SUBMISSIONS_IN_FLIGHT_PER_PROVIDER", 1, 429),
        ("SUBMISSIONS_IN_FLIGHT", 1, 503),
        ("STORE_LOW_WATER", 1.1, 507),
    ],
)
def test_what_there_is_no_room_for_is_asked_to_come_later(
    provider, send, settings, setting, value, status
):
    Submission.objects.create(provider=provider, state=State.RECEIVED)
    setattr(settings, setting, value)

    answer = send(b"a", content_type="text/csv")

    assert answer.status_code == status
    assert int(answer["Retry-After"]) > 0
    assert Submission.objects.count() == 1


def test_the_command_writes_a_key_for_its_owner_alone(provider, tmp_path):
    out = StringIO()
    call_command(
        "new_submission_key", provider.code, "--into", str(tmp_path / "key"), "--json", stdout=out
    )

    text = (tmp_path / "key").read_text().strip()
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert find_by_key(text).pk == json.loads(out.getvalue())["id"]
    assert text not in out.getvalue()
