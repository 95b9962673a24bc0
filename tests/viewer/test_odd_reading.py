import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from portal import alarms
from portal.models import Alarm, AuditEvent
from viewer import odd_reading
from viewer.models import RowsRead

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])
TABLE = "/providers/Z9A/records/CYP201CareContact/"


@pytest.fixture(autouse=True)
def calm(settings):
    """Thresholds that nothing here reaches by itself."""
    settings.ALARMS = {
        **settings.ALARMS,
        "quiet_from": 0,
        "quiet_to": 0,
        "newcomers_rows": 10_000,
        "refusals": 1000,
        "persons": 1000,
    }
    settings.PORTAL_ORIGIN = "https://portal.example.org"
    return settings


@pytest.fixture
def people(provider, other_provider, somebody):
    """An approver of the provider, one of another, and an auditor."""
    return {
        "ours": somebody("provider_approver", provider, name="Ours"),
        "theirs": somebody("provider_approver", other_provider, name="Theirs"),
        "auditor": somebody("auditor", name="Auditor"),
    }


@pytest.fixture
def raised():
    """Return the kinds of alarm that were raised since."""
    before = AuditEvent.objects.values_list("id", flat=True).first() or 0

    def since():
        events = AuditEvent.objects.filter(event="alarm_raised", id__gt=before)
        return sorted(event.facts["alarm"] for event in events)

    return since


def have_read(person, days, rows):
    now = timezone.now()
    RowsRead.objects.bulk_create(
        RowsRead(
            person=person.pk, organisation="Z9A", hour=now - timedelta(days=back + 1), rows=rows
        )
        for back in range(days)
    )


def test_usual_reading_raises_nothing(people, with_purpose, raised):
    with_purpose.get(TABLE)

    assert raised() == []


def test_reading_far_above_the_habit_raises_an_alarm(
    people,
    with_purpose,
    calm,
    raised,
    django_user_model,
):
    person = django_user_model.objects.get(grants__role="record_viewer")
    have_read(person, days=6, rows=10)
    calm.ALARMS["least_rows"] = 40

    with_purpose.get(TABLE)

    assert raised() == ["above_habit"]


def test_reading_as_usual_of_somebody_who_reads_much_raises_nothing(
    people,
    with_purpose,
    calm,
    raised,
    django_user_model,
):
    person = django_user_model.objects.get(grants__role="record_viewer")
    have_read(person, days=6, rows=400)
    calm.ALARMS["least_rows"] = 40

    with_purpose.get(TABLE)

    assert raised() == []


def test_reading_in_quiet_hours_raises_an_alarm_once_a_day(
    people,
    with_purpose,
    calm,
    raised,
):
    calm.ALARMS |= {"quiet_from": 0, "quiet_to": 24}

    with_purpose.get(TABLE)
    with_purpose.get(TABLE)

    assert raised() == ["quiet_hours"]


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [((22, 6), {22, 23, 0, 5}), ((0, 6), {0, 5}), ((0, 0), set())],
)
def test_quiet_hours_may_span_midnight(calm, hours, quiet):
    calm.ALARMS |= {"quiet_from": hours[0], "quiet_to": hours[1]}

    found = {hour for hour in (0, 5, 6, 12, 21, 22, 23) if odd_reading.is_quiet(hour)}

    assert found == quiet


def test_opening_many_persons_raises_an_alarm(
    people,
    with_purpose,
    calm,
    raised,
):
    calm.ALARMS["persons"] = 2
    calm.ROWS_PER_HOUR = calm.ROWS_PER_DAY = 100_000
    page = with_purpose.get(TABLE).content.decode()
    page += with_purpose.get(f"{TABLE}?AttendanceStatus=3").content.decode()
    tokens = set(re.findall(r"/person/(\w+)/", page))

    for token in sorted(tokens):
        with_purpose.get(f"/providers/Z9A/person/{token}/")
        with_purpose.get(f"/providers/Z9A/person/{token}/")

    assert len(tokens) == 2
    assert "many_persons" in raised()


def test_a_limit_nearly_and_wholly_spent_raises_two_alarms(
    people,
    with_purpose,
    calm,
    raised,
):
    calm.ROWS_PER_HOUR = 120

    for _ in range(4):
        with_purpose.get(TABLE)

    assert raised() == ["budget_nearly_spent", "budget_spent"]


def test_refusals_in_a_row_raise_an_alarm(
    people,
    with_purpose,
    calm,
    raised,
):
    calm.ALARMS["refusals"] = 3

    for _ in range(2):
        with_purpose.get("/providers/Z9B/records/")
    assert raised() == []
    with_purpose.get("/providers/Z9B/records/")

    assert raised() == ["refusals"]


def test_the_approver_and_the_auditor_are_told_by_the_worker_and_nobody_else(
    people,
    with_purpose,
    calm,
):
    calm.ALARMS |= {"quiet_from": 0, "quiet_to": 24}
    with_purpose.get(TABLE)

    assert mail.outbox == []
    assert alarms.send_due() == 1
    assert alarms.send_due() == 0

    (message,) = mail.outbox
    assert sorted(message.bcc) == sorted([people["ours"].email, people["auditor"].email])
    assert "Z9A" in message.subject
    assert "https://portal.example.org/" in message.body


def test_a_mail_server_that_is_away_is_asked_again(
    people,
    with_purpose,
    calm,
    monkeypatch,
):
    calm.ALARMS |= {"quiet_from": 0, "quiet_to": 24}
    with_purpose.get(TABLE)
    with monkeypatch.context() as away:
        away.setattr(alarms.EmailMessage, "send", refuse)
        assert alarms.send_due() == 1
    assert alarms.send_due() == 0
    Alarm.objects.update(due_at=timezone.now())

    assert alarms.send_due() == 1
    assert Alarm.objects.get().sent_at


def refuse(*_):
    raise OSError


def test_the_worker_may_send_alarms_and_see_no_accounts(
    people,
    with_purpose,
    calm,
    as_role,
):
    calm.ALARMS |= {"quiet_from": 0, "quiet_to": 24}
    with_purpose.get(TABLE)

    with as_role("national_receiver"):
        assert alarms.send_due() == 1


def test_the_auditor_and_the_approver_see_it(
    people,
    with_purpose,
    calm,
    client,
):
    calm.ALARMS |= {"quiet_from": 0, "quiet_to": 24}
    with_purpose.get(TABLE)

    for who, address in (("auditor", "/audit/"), ("ours", "/providers/Z9A/access/log/")):
        client.force_login(people[who])
        page = client.get(address).content.decode()
        assert "at an hour at which hardly anybody works" in page
