import re

import pytest

from portal.models import AuditEvent
from viewer.records import PAGE

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])
TABLE = "/providers/Z9A/records/CYP201CareContact/"


def events(name):
    return list(AuditEvent.objects.filter(event=name).order_by("id"))


def lines(response):
    return len(re.findall(r'<th scope="row"', response.content.decode()))


def test_records_are_shown_only_after_a_purpose_is_said(reader):
    assert reader.get(TABLE).headers["Location"] == "/providers/Z9A/records/purpose/"
    assert reader.post("/providers/Z9A/records/purpose/", {"purpose": "x"}).status_code == 400

    answer = reader.post("/providers/Z9A/records/purpose/", {"purpose": "quality"})

    assert answer.headers["Location"] == TABLE
    assert reader.get(TABLE).status_code == 200


def test_a_person_with_aggregates_only_finds_no_records(national, provider, somebody, client):
    client.force_login(somebody("aggregate_viewer", provider))

    assert client.get(TABLE).status_code == 404
    assert client.get("/providers/Z9A/records/").status_code == 404


def test_a_page_has_fifty_rows_and_the_next_goes_on(with_purpose):
    counts, address = [], TABLE
    while address:
        answer = with_purpose.get(address)
        counts.append(lines(answer))
        more = re.search(r'href="\?([^"]*after=\d+)"', answer.content.decode())
        address = f"{TABLE}?{more.group(1)}" if more else ""

    assert counts == [PAGE, PAGE, 20]


@pytest.mark.parametrize("query", ["page_size=500", "limit=500", "after=-1", "after=x", "size=0"])
def test_no_address_shows_more_than_fifty_rows(with_purpose, query):
    assert lines(with_purpose.get(f"{TABLE}?{query}")) <= PAGE


def test_the_filters_come_from_the_specification(with_purpose):
    assert lines(with_purpose.get(f"{TABLE}?AttendanceStatus=3")) == 20
    assert lines(with_purpose.get(f"{TABLE}?AttendanceStatus=' OR 1=1 --")) == PAGE


def test_every_page_of_records_is_in_the_trail(with_purpose):
    before = len(events("viewed_records"))

    with_purpose.get(f"{TABLE}?AttendanceStatus=3")

    event = events("viewed_records")[before:][0]
    assert event.provider == "Z9A"
    assert event.facts["rows"] == 20
    assert event.facts["table"] == "CYP201CareContact"
    assert event.facts["purpose"] == "quality"


def test_a_journey_is_found_by_its_display_pseudonym_and_by_no_other(with_purpose):
    token = re.search(r"/person/(\w+)/", with_purpose.get(TABLE).content.decode()).group(1)

    answer = with_purpose.post("/providers/Z9A/records/find/", {"pseudonym": token.lower()})
    page = with_purpose.get(answer.headers["Location"])

    assert page.status_code == 200
    assert "Care contact" in page.content.decode()
    assert events("viewed_person")[-1].facts["pseudonym"] == token
    assert with_purpose.get("/providers/Z9A/person/9434765919/").status_code == 404


def test_the_stored_pseudonyms_are_on_no_page(with_purpose):
    token = re.search(r"/person/(\w+)/", with_purpose.get(TABLE).content.decode()).group(1)
    for address in (TABLE, f"/providers/Z9A/person/{token}/"):
        text = with_purpose.get(address).content.decode()
        assert not re.search(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}", text)


def test_the_budget_stops_reading_and_says_so(with_purpose, settings):
    settings.ROWS_PER_HOUR = 120

    answers = [with_purpose.get(TABLE) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert events("budget_spent")[-1].provider == "Z9A"


def test_the_budget_is_the_persons_and_the_providers(with_purpose, settings, somebody, provider):
    settings.ROWS_PER_PROVIDER = 120
    for _ in range(2):
        with_purpose.get(TABLE)
    with_purpose.force_login(somebody("record_viewer", provider))
    with_purpose.post("/providers/Z9A/records/purpose/", {"purpose": "quality"})

    assert with_purpose.get(TABLE).status_code == 429
