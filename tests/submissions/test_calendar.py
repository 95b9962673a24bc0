"""What is expected, what came of it, and who is told."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core import mail

from submissions import messages
from submissions.bank_holidays import bank_holidays, easter_sunday
from submissions.expectations import DayTaken, days, declare_nil
from submissions.models import Expectation, Message, Submission
from submissions.states import State
from submissions.tasks import remind_of_missing_days

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 3, 7, 13, tzinfo=UTC)


@pytest.fixture
def rule(provider):
    """Every day is expected from the first of March, by noon of the next day."""
    return Expectation.objects.create(provider=provider, starts=date(2024, 3, 1))


def came(provider, day, at):
    return Submission.objects.create(
        provider=provider,
        state=State.TRANSFERRED,
        period_start=day,
        period_end=day,
        received_at=at,
    )


def states(provider, first, last):
    return " ".join(str(day.state) for day in days(provider, first, last))


@time_machine.travel(NOW, tick=False)
def test_every_day_says_how_it_stands(provider, rule):
    came(provider, date(2024, 3, 2), datetime(2024, 3, 3, 9, tzinfo=UTC))
    came(provider, date(2024, 3, 3), datetime(2024, 3, 5, 9, tzinfo=UTC))
    declare_nil(provider, date(2024, 3, 4), by="test", because="The clinic was shut.")
    provider.exceptions.create(day=date(2024, 3, 5), reason="Planned work on the system.")

    said = states(provider, date(2024, 2, 29), date(2024, 3, 7))

    assert said == "not_expected missing received late nil outage missing expected"


@pytest.mark.parametrize(
    ("weekends", "holidays", "said"),
    [
        (True, True, "missing missing missing missing"),
        (False, True, "missing not_expected not_expected missing"),
        (True, False, "not_expected missing missing not_expected"),
    ],
)
def test_weekends_and_bank_holidays_are_left_out_where_it_is_so_set(
    provider, rule, weekends, holidays, said
):
    rule.weekends, rule.bank_holidays = weekends, holidays
    rule.save()

    assert states(provider, date(2024, 3, 29), date(2024, 4, 1)) == said  # Good Friday to Monday


def test_a_day_with_data_cannot_be_declared_nil(provider, rule):
    came(provider, date(2024, 3, 2), NOW)

    with pytest.raises(DayTaken):
        declare_nil(provider, date(2024, 3, 2), by="test", because="None.")


def test_a_missing_day_is_reminded_of_once(provider, rule, somebody):
    person = somebody("submitter", provider)
    with time_machine.travel(NOW, tick=False):
        remind_of_missing_days()
        remind_of_missing_days()
    messages.send_due()

    (sent,) = mail.outbox
    assert sent.bcc == [person.email]
    assert "2024-03-06" in sent.subject


def test_people_are_told_of_a_rejection_without_any_record(provider, somebody):
    somebody("submitter", provider)
    submission = came(provider, date(2024, 3, 2), NOW)
    submission.state = State.REJECTED

    messages.tell(submission)
    messages.send_due()

    (sent,) = mail.outbox
    assert submission.reference in sent.subject
    assert f"/providers/{provider.code}/submissions/{submission.reference}/" in sent.body
    assert Message.objects.get().sent_at


@pytest.mark.parametrize("year", [2023, 2024])
def test_bank_holidays_are_those_that_were_announced(year):
    announced = {
        2023: "01-02 04-07 04-10 05-01 05-29 08-28 12-25 12-26",
        2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    }

    assert sorted(f"{day:%m-%d}" for day in bank_holidays(year)) == announced[year].split()
    assert easter_sunday(2025) == date(2025, 4, 20)


def test_a_machine_reads_the_calendar_and_declares_nil(client, key, provider, rule):
    headers = {"Authorization": f"Bearer {key}"}

    made = client.post(
        "/api/v1/nil-returns",
        {"day": "2024-03-02", "because": "The clinic was shut."},
        content_type="application/json",
        headers=headers,
    )
    read = client.get("/api/v1/calendar?from=2024-03-01&to=2024-03-02", headers=headers)

    assert made.status_code == 201, made.content
    assert [day["state"] for day in read.json()["days"]] == ["missing", "nil"]
