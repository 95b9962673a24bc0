"""Senders' machines are called: signed, with references alone, and never a neighbour of ours."""

import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
from django.utils import timezone

from portal import outbox
from submissions import messages, webhooks
from submissions.models import Message, Submission
from submissions.states import State

pytestmark = pytest.mark.django_db
PUBLIC = "93.184.215.14"


@pytest.fixture
def resolves(monkeypatch):
    """Have every name stand for an address."""

    def resolving(*addresses):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]
        monkeypatch.setattr(webhooks.socket, "getaddrinfo", lambda *_, **__: found)

    return resolving


@pytest.fixture
def calls(monkeypatch):
    """The calls that were made, and the status with which they are answered."""
    calls, client = SimpleNamespace(made=[], status=200), httpx.Client

    def answer(request):
        calls.made.append(request)
        return httpx.Response(calls.status)

    monkeypatch.setattr(
        webhooks.httpx, "Client", lambda **_: client(transport=httpx.MockTransport(answer))
    )
    return calls


def told(provider):
    submission = Submission.objects.create(provider=provider, state=State.REJECTED)
    messages.tell(submission)
    return submission


def test_a_call_is_signed_and_holds_references_alone(provider, resolves, calls):
    resolves(PUBLIC)
    webhook = webhooks.new_webhook(provider, "https://sender.example/hook", by="test")
    submission = told(provider)

    messages.send_due()

    (call,) = calls.made
    assert call.url.host == PUBLIC
    assert call.headers["host"] == "sender.example"
    assert call.extensions["sni_hostname"] == "sender.example"
    said = json.loads(call.content)
    assert said["data"]["reference"] == submission.reference
    key = base64.b64decode(webhooks.secret_of(webhook).removeprefix("whsec_"))
    text = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode()
    digest = hmac.new(key, text + call.content, hashlib.sha256).digest()
    assert call.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "192.168.1.1", "::1", "fd00::1"]
)
def test_a_neighbour_is_never_called(provider, resolves, address):
    resolves(PUBLIC, address)

    with pytest.raises(webhooks.UnfitAddress):
        webhooks.new_webhook(provider, "https://sender.example/hook", by="test")


@pytest.mark.parametrize(
    "url",
    ["http://sender.example/", "https://a:b@sender.example/", "file:///etc/passwd", "https://", ""],
)
def test_only_plain_https_addresses_are_taken(provider, url):
    with pytest.raises(webhooks.UnfitAddress):
        webhooks.new_webhook(provider, url, by="test")


def test_a_name_that_moves_to_a_neighbour_later_is_not_called(provider, resolves, calls):
    resolves(PUBLIC)
    webhooks.new_webhook(provider, "https://sender.example/hook", by="test")
    told(provider)
    resolves("127.0.0.1")

    messages.send_due()

    assert not calls.made
    assert Message.objects.get(kind="webhook").sent_at is None


def test_a_call_that_fails_is_tried_again_later_and_given_up_in_the_end(provider, resolves, calls):
    resolves(PUBLIC)
    webhooks.new_webhook(provider, "https://sender.example/hook", by="test")
    told(provider)
    calls.status = 503

    for _ in range(len(outbox.PAUSES) + 1):
        messages.send_due()
        Message.objects.update(due_at=timezone.now() - timedelta(seconds=1))

    assert len(calls.made) == len(outbox.PAUSES) + 1
    assert Message.objects.get(kind="webhook").given_up_at
