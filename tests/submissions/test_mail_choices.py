"""E-mails go to those who want them."""

import pytest
from django.core import mail

from submissions import messages
from submissions.mail_choices import choose, recipients, told_when
from submissions.states import State
from tests.people import make_person, make_provider


@pytest.fixture
def provider(agem, db):
    return make_provider("Z9A")


@pytest.fixture
def person(provider):
    return make_person("submitter", provider)


def test_rejected_and_missing_are_told_until_somebody_chooses(provider, person):
    assert recipients(provider, State.REJECTED) == [person.email]
    assert recipients(provider, messages.REMINDER) == [person.email]
    assert recipients(provider, State.TRANSFERRED) == []


def test_each_person_chooses_for_each_provider(provider, person):
    other, elsewhere = make_person("submitter", provider), make_provider("Z9B")

    choose(person, provider, frozenset({"accepted"}))
    choose(person, elsewhere, frozenset())

    assert recipients(provider, State.TRANSFERRED) == [person.email]
    assert recipients(provider, State.FAILED) == [other.email]


def test_a_choice_does_not_outlive_the_role(provider, person):
    choose(person, provider, frozenset({"accepted", "rejected", "missing"}))

    person.grants.all().delete()

    assert recipients(provider, State.REJECTED) == []
    assert told_when(person, provider) == ""


def test_the_outbox_honours_the_choice_and_says_where_to_change_it(provider, person):
    make_person("submitter", provider)
    choose(person, provider, frozenset())
    day = "2024-03-05"

    messages.remind(provider, messages.date.fromisoformat(day))
    messages.send_due()

    assert len(mail.outbox) == 1
    assert person.email not in mail.outbox[0].bcc
    assert "/providers/Z9A/e-mails/" in mail.outbox[0].body


def test_nothing_is_sent_where_nobody_wants_it(provider, person):
    choose(person, provider, frozenset())

    messages.remind(provider, messages.date(2024, 3, 5))
    messages.send_due()

    assert mail.outbox == []


def test_the_page_shows_the_choice_and_takes_another(provider, person, client):
    client.force_login(person)
    shown = client.get("/providers/Z9A/e-mails/").content.decode()
    assert shown.count("checked") == 2

    client.post("/providers/Z9A/e-mails/", {"kinds": ["accepted", "nonsense"]})

    assert recipients(provider, State.TRANSFERRED) == [person.email]
    assert recipients(provider, State.REJECTED) == []
