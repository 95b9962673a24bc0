import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.conf import settings as project
from django.contrib import admin
from django.db import connections
from django.test import Client

from tests.viewer import crawling
from tests.viewer.crawling import crawl
from tests.viewer.delivering import contact, person, together
from tests.viewer.planted import PLANTS, plant
from viewer import budget, records
from viewer.receiving import receive_due

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])
TUESDAY = date(2024, 3, 5)
TABLE = "/providers/Z9A/records/CYP201CareContact/"
PAGES = [
    "/",
    "/providers/Z9A/",
    "/providers/Z9A/quality/",
    "/providers/Z9A/compare/",
    "/providers/Z9A/records/",
    TABLE,
    "/overview/",
    "/what-can-be-prevented/",
    "/nothing-here/",
    "/providers/Z9B/",
]


@pytest.fixture
def data(national, provider, handover):
    """A provider with 130 contacts."""
    calls = (contact("ann", number, TUESDAY) for number in range(130))
    handover("Z9A", TUESDAY, together(person("ann"), *calls))
    receive_due()
    return provider


def _always(spent, rows):
    """A budget that never ends."""
    return True


def sign_in(client, who):
    client.force_login(who)
    client.post("/providers/Z9A/records/purpose/", {"purpose": "quality"})
    return client


def test_no_page_gives_anything_away_to_a_reader_of_records(data, somebody, client, settings):
    settings.ROWS_PER_HOUR = settings.ROWS_PER_DAY = 100_000
    client.raise_request_exception = False

    faults, rows = crawl(sign_in(client, somebody("record_viewer", data)), PAGES, follow=False)

    assert faults == set()
    assert rows > 100


@pytest.mark.parametrize("role", ["national_analyst", "auditor", "administrator", None])
def test_no_page_gives_anything_away_to_others(data, somebody, client, role):
    client.raise_request_exception = False
    client.force_login(somebody(role))

    faults, rows = crawl(client, ["/", "/overview/", TABLE], follow=False)

    assert faults == set()
    assert rows == 0


@pytest.mark.long
def test_following_every_link_gives_nothing_away(data, somebody, client, settings):
    settings.ROWS_PER_HOUR = settings.ROWS_PER_DAY = 100_000
    client.raise_request_exception = False

    faults, _ = crawl(sign_in(client, somebody("record_viewer", data)), PAGES, most=40)

    assert faults == set()


def test_every_planted_leak_is_noticed(national, provider, somebody, client, settings, monkeypatch):
    settings.ROOT_URLCONF = "tests.viewer.planted"
    client.raise_request_exception = False
    client.force_login(somebody("record_viewer", provider))
    unnoticed = []
    for name in PLANTS:
        monkeypatch.setattr(plant, "chosen", name)
        faults, _ = crawl(client, ["/planted/"], follow=False)
        if not {fault for _, fault in faults if not fault.startswith("export/")}:
            unnoticed.append(name)

    assert len(PLANTS) >= 20
    assert unnoticed == []


def test_a_route_that_nobody_links_to_is_noticed(
    national, provider, somebody, client, settings, monkeypatch
):
    settings.ROOT_URLCONF = "tests.viewer.planted"
    monkeypatch.setattr(plant, "chosen", "nothing")
    monkeypatch.setitem(PLANTS, "nothing", None)
    client.raise_request_exception = False
    client.force_login(somebody("record_viewer", provider))

    faults, _ = crawl(client, ["/planted/"], follow=False)

    assert ("/planted/", "export/: it was stopped on its way out") in faults


def test_a_missing_guard_is_noticed(data, somebody, client, settings):
    settings.MIDDLEWARE = [one for one in project.MIDDLEWARE if "view_only" not in one]

    faults, _ = crawl(sign_in(client, somebody("record_viewer", data)), [TABLE], follow=False)

    assert (TABLE, "no sandbox") in faults


def test_a_larger_page_is_noticed(data, somebody, client, monkeypatch):
    monkeypatch.setattr(records, "PAGE", 60)
    monkeypatch.setattr(crawling, "PAGE_ALLOWED", 50)

    faults, _ = crawl(sign_in(client, somebody("record_viewer", data)), [TABLE], follow=False)

    assert (TABLE, "more than fifty records") in faults


def test_a_budget_that_is_off_is_noticed(data, somebody, client, settings, monkeypatch):
    settings.ROWS_PER_HOUR = 200
    monkeypatch.setattr(budget.Spent, "leaves", _always)

    _, rows = crawl(sign_in(client, somebody("record_viewer", data)), [TABLE], follow=False)

    assert rows > 200


def test_fifty_sessions_at_once_read_no_more_than_the_budget(data, somebody, settings):
    settings.ROWS_PER_HOUR = 500
    who = somebody("record_viewer", data)
    clients = [sign_in(Client(), who) for _ in range(50)]

    def read(client):
        try:
            text = client.get(TABLE).content.decode()
        finally:
            connections.close_all()
        return len(re.findall(r'<tr>\s*<th scope="row"', text))

    with ThreadPoolExecutor(10) as threads:
        rows = sum(threads.map(read, clients))

    assert rows <= 500


def test_the_admin_knows_no_record(national):
    assert not [model for model in admin.site._registry if model._meta.app_label == "viewer"]
