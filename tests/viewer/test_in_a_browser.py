import re
from datetime import date, timedelta

import pytest

from tests.viewer.delivering import contact, person, together
from viewer.receiving import receive_due

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, databases=["default", "records"]),
]
START = date(2024, 2, 26)
TABLE = "/providers/Z9A/records/CYP201CareContact/"
# the sandbox keeps what the portal's own pages need: forms, its scripts and its own origin
KNOWN = "allow-scripts and allow-same-origin for its sandbox"


@pytest.fixture
def days(national, provider, handover):
    for place in range(2):
        day = START + timedelta(days=place)
        calls = (contact("ann", f"{place}.{n}", day, "2356"[n % 4]) for n in range(9))
        handover("Z9A", day, together(person("ann"), *calls, person(f"p{place}", "A04", day)))
    receive_due()
    return provider


@pytest.fixture
def reader(days, somebody, window, client):
    who = somebody("record_viewer", days, name="Dr Tom Reyes")
    made = window(who)
    page = made.open("/providers/Z9A/records/purpose/")
    page.check("text=Data quality check")
    page.click("text=Continue")
    return made


def faults(window):
    return [fault for fault in window.faults() if KNOWN not in fault]


PAGES = {
    "/providers/Z9A/": "dashboard",
    "/providers/Z9A/quality/": "viewer-quality",
    "/providers/Z9A/quality/S-MADEUP/": "viewer-report",
    "/providers/Z9A/compare/": "compare",
    "/providers/Z9A/records/": "records",
    TABLE: "records-table",
    "/what-can-be-prevented/": "what-can-be-prevented",
}


def test_no_page_has_a_fault_in_a_browser(reader):
    found = {}
    for path, name in PAGES.items():
        reader.open(path)
        reader.take_picture(name)
        found[path] = faults(reader)

    assert {path: said for path, said in found.items() if said} == {}


def test_the_journey_and_the_purpose_have_no_fault(reader, window, somebody, days):
    page = reader.open(TABLE)
    page.click("tbody a >> nth=0")
    reader.take_picture("journey")
    assert faults(reader) == []

    other = window(somebody("record_viewer", days))
    other.open(TABLE)
    assert faults(other) == []


def test_the_pages_across_providers_have_no_fault(days, somebody, window):
    analyst = window(somebody("national_analyst"))

    for path in ("overview", "evaluation"):
        analyst.open(f"/{path}/")

        analyst.take_picture(path)
        assert faults(analyst) == []


def test_the_pages_of_who_looked_have_no_fault(days, somebody, window, reader, settings):
    settings.ALARMS = {**settings.ALARMS, "quiet_from": 0, "quiet_to": 24}
    reader.open(TABLE)
    pages = {
        "audit": (somebody("auditor"), "/audit/"),
        "who-looked": (somebody("provider_approver", days), "/providers/Z9A/access/log/"),
    }

    for name, (person_, path) in pages.items():
        looking = window(person_)
        page = looking.open(path)

        looking.take_picture(name)
        assert faults(looking) == []
        assert "at an hour at which hardly anybody works" in page.inner_text("main")


def test_the_dashboard_filters_without_a_script(days, somebody, window):
    plain = window(somebody("aggregate_viewer", days), scripts=False)

    page = plain.open("/providers/Z9A/")
    page.select_option("#weeks", "13")
    page.click("text=Update")

    assert "weeks=13" in page.url
    assert page.locator("svg.chart").count() > 3


PROBES = {
    "fetch": "fetch('/').then(() => 'allowed', () => 'blocked')",
    "beacon": "Promise.resolve(navigator.sendBeacon('/', 'x')).then(() => 'blocked')",
    "clipboard": "navigator.clipboard.writeText('x').then(() => 'allowed', () => 'blocked')",
    "screen": "navigator.mediaDevices.getDisplayMedia().then(() => 'allowed', () => 'blocked')",
    "print": """new Promise((done) => {
        addEventListener('beforeprint', () => done('allowed'));
        print();
        setTimeout(() => done('blocked'), 300);
    })""",
    "dialog": """new Promise((done) => {
        const before = performance.now(); alert('x');
        done(performance.now() - before < 200 ? 'blocked' : 'allowed');
    })""",
}


DOWNLOADS = {
    "blob": ("URL.createObjectURL(new Blob([document.body.innerText]))", "link.download = 'x';"),
    "attachment": ("'/attached'", ""),
    "download attribute": ("location.href", "link.download = 'x';"),
}


def test_a_page_of_records_can_take_nothing_away(reader):
    page = reader.open(TABLE)

    # asked from a script of the page's own world, as an injected script would be
    found = {name: page.evaluate(f"() => {probe}") for name, probe in PROBES.items()}

    assert found == dict.fromkeys(PROBES, "blocked")


def test_a_page_of_records_can_start_no_download(reader):
    taken = []
    for address, mark in DOWNLOADS.values():
        page = reader.open(TABLE)
        page.on("download", lambda download: taken.append(download))  # noqa: PLW0108 - playwright asks for a plain function
        page.route(
            re.compile("attached$"),
            lambda route: route.fulfill(
                body="x", headers={"Content-Disposition": "attachment; filename=x.csv"}
            ),
        )
        page.evaluate(
            "() => { const link = document.createElement('a');"
            f" link.href = {address}; {mark} document.body.append(link); link.click(); }}"
        )
        page.wait_for_timeout(500)

    assert taken == []


def test_records_are_left_out_of_a_print(reader):
    page = reader.open(TABLE)

    page.emulate_media(media="print")

    assert not page.locator(".app-view-only table").first.is_visible()
    assert page.locator(".app-print-note").first.is_visible()
