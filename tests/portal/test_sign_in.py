import re

import pytest
from allauth.account.models import EmailAddress
from django.db import connections
from django.test import Client
from django.urls import reverse

from portal.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]
LOGIN = "/accounts/login/"


@pytest.fixture
def person(somebody):
    made = somebody(name="Amara Okafor")
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made


def sign_in(client, person, password="correct horse", **more):  # noqa: S107 - made up
    return client.post(LOGIN, {"login": person.email, "password": password, **more})


def test_a_person_signs_in_and_it_is_written_down(client, person):
    answer = sign_in(client, person)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    newest = AuditEvent.objects.first()
    assert (newest.event, newest.actor) == ("signed_in", f"person:{person.pk}")
    assert newest.request_id == answer["X-Request-ID"]
    assert client.get("/").status_code == 200


def test_every_page_but_the_named_ones_asks_for_sign_in(client):
    assert client.get("/")["Location"] == f"{LOGIN}?next=/"
    assert client.get("/account/")["Location"].startswith(LOGIN)
    assert client.get(LOGIN).status_code == 200


@pytest.mark.django_db(transaction=True, databases=["default", "records"])
@pytest.mark.parametrize(("path", "word"), [("/healthz", "alive"), ("/readyz", "ready")])
def test_health_is_told_to_anybody(client, path, word):
    answer = client.get(path)
    connections["records"].close()

    assert (answer.status_code, answer.content.decode().strip()) == (200, word)


def test_the_right_answer_is_never_told_from_the_wrong_account(client, person):
    wrong = sign_in(client, person, "wrong password")
    nobody = client.post(LOGIN, {"login": "nobody@example.org", "password": "wrong password"})

    assert wrong.status_code == nobody.status_code == 200
    assert strip(wrong, person.email) == strip(nobody, "nobody@example.org")


def test_after_five_failures_the_account_is_locked_from_that_address_alone(client, person):
    for _ in range(5):
        answer = sign_in(client, person, "wrong password")

    assert answer.status_code == 429
    assert sign_in(client, person).status_code == 429
    client.defaults["REMOTE_ADDR"] = "192.0.2.9"
    assert sign_in(client, person).status_code == 302


def test_signing_in_changes_the_session(client, person):
    client.get(LOGIN)
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key

    sign_in(client, person)

    assert client.session.session_key != planted


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_nobody_is_sent_elsewhere_after_signing_in(client, person, target):
    assert sign_in(client, person, next=target)["Location"] == "/"


def test_without_a_second_factor_nothing_is_shown(client, person, settings):
    settings.REQUIRE_MFA = True
    sign_in(client, person)

    assert client.get("/account/")["Location"] == reverse("mfa_index")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("Content-Security-Policy", "frame-ancestors 'none'"),
        ("X-Frame-Options", "DENY"),
        ("Permissions-Policy", "display-capture=()"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "same-origin"),
    ],
)
def test_answers_are_hardened(client, header, value):
    for path in (LOGIN, "/no-such-page/", "/healthz"):
        assert value in client.get(path)[header]


def test_a_foreign_host_is_refused(client):
    assert client.get(LOGIN, headers={"host": "evil.example"}).status_code == 400


def test_a_form_without_its_token_is_refused(person):
    assert sign_in(Client(enforce_csrf_checks=True), person).status_code == 403


def strip(answer, email):
    text = re.sub(r"csrfmiddlewaretoken[^>]+>", "", answer.content.decode())
    return text.replace(email, "")
