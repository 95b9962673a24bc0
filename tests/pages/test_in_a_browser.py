from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from submissions.credentials import new_key
from tests.pages.test_trends import went

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def submitter(agem, provider, somebody):
    return somebody("submitter", provider, name="Priya Shah")


@pytest.fixture
def a_full_history(provider, make_submission, judged, clean, rejected, faults):
    now = timezone.now()
    for back in range(1, 50):
        report = {7: judged, 11: judged, 16: rejected}.get(back, clean)
        state = "rejected" if report is rejected else "transferred"
        if back in (12, 23):
            continue
        started = now - timedelta(days=back)
        made = make_submission(
            provider, state, report, day=started.date() - timedelta(days=1), started=started
        )
        made.finished_at = started + timedelta(seconds=17)
        made.save()
    make_submission(provider, "refused", faults=faults, fault_count=2)
    return make_submission(provider, "checking", day=timezone.localdate() - timedelta(days=1))


def test_the_home_page(submitter, a_full_history, window):
    home = window(submitter)

    home.open("/providers/Z9A/")

    home.take_picture("home")
    assert home.faults() == []


def test_the_list_of_submissions(submitter, a_full_history, window):
    listed = window(submitter)

    listed.open("/providers/Z9A/submissions/")

    listed.take_picture("submissions")
    assert listed.faults() == []


@pytest.mark.parametrize("state", ["checking", "rejected", "transferred", "refused", "failed"])
def test_one_submission(
    submitter, provider, make_submission, rejected, clean, faults, progress, window, state
):
    report = {"rejected": rejected, "transferred": clean}.get(state)
    more = {
        "refused": {"faults": faults, "fault_count": 2},
        "checking": {"progress": progress},
    }.get(state, {})
    made = make_submission(provider, state, report, **more)
    page = window(submitter)

    page.open(f"/providers/Z9A/submissions/{made.reference}/")

    if state in ("checking", "rejected"):
        page.take_picture(f"submission-{state}")
    assert page.faults() == []


def test_a_submission_follows_its_progress_and_then_stops(
    submitter, provider, make_submission, clean, window
):
    made = make_submission(provider, "checking")
    page = window(submitter).open(f"/providers/Z9A/submissions/{made.reference}/")
    assert page.locator("text=Checking").first.is_visible()
    assert page.locator("#moves li").count() == 3

    made.state, made.outcome = "rejected", "rejected"
    made.save()
    made.moves.create(before="checking", to="rejected", by="worker")

    page.wait_for_selector("text=What to do now")
    assert page.locator("#moves li").last.inner_text().startswith("Rejected")
    assert page.locator("[hx-get]").count() == 0
    expect(page.locator("#announcer")).to_contain_text("Rejected", timeout=9000)


def test_changes_are_read_out_at_most_every_five_seconds(
    submitter, provider, make_submission, window
):
    made = make_submission(provider, "withdrawn")
    page = window(submitter).open(f"/providers/Z9A/submissions/{made.reference}/")
    change = """text => {
      document.querySelector("[data-say]").dataset.say = text;
      document.body.dispatchEvent(new Event("htmx:afterSettle"));
    }"""
    page.evaluate(change, "First")
    page.evaluate(change, "Second")
    page.evaluate(change, "Third")

    announcer = page.locator("#announcer")
    expect(announcer).to_have_text("First")
    page.wait_for_timeout(3500)
    expect(announcer).to_have_text("First", timeout=1)
    expect(announcer).to_have_text("Third", timeout=6000)


def test_the_form_to_send_files(submitter, window):
    form = window(submitter)

    form.open("/providers/Z9A/submit/")

    form.take_picture("submit")
    assert form.faults() == []


@pytest.mark.parametrize("part", ["", "rules/", "tables/", "items/"])
def test_the_data_quality_report(submitter, provider, make_submission, rejected, window, part):
    if not part:
        went(make_submission, provider, rejected, [94.1, 95.2, 94.8, 96.0, 95.7, 96.9, 97.3, 96.4])
    made = make_submission(provider, "rejected", rejected)
    report = window(submitter)

    report.open(f"/providers/Z9A/submissions/{made.reference}/report/{part}")

    if not part:
        report.take_picture("report")
    assert report.faults() == []


def test_a_report_without_a_finding(submitter, provider, make_submission, clean, window):
    made = make_submission(provider, "transferred", clean)
    report = window(submitter)

    report.open(f"/providers/Z9A/submissions/{made.reference}/report/")

    assert report.faults() == []


def test_the_error_report_of_the_door(submitter, provider, make_submission, faults, window):
    made = make_submission(provider, "refused", faults=faults, fault_count=2)
    report = window(submitter)

    report.open(f"/providers/Z9A/submissions/{made.reference}/report/")

    report.take_picture("error-report")
    assert report.faults() == []


def test_rows_with_errors(submitter, provider, make_submission, rejected, with_rows, window):
    made = with_rows(make_submission(provider, "rejected", rejected))
    rows = window(submitter)

    rows.open(f"/providers/Z9A/submissions/{made.reference}/rows/CYP101Referral/")

    rows.take_picture("rows")
    assert rows.faults() == []


def test_the_next_error_is_reached_by_the_keyboard(
    submitter, provider, make_submission, rejected, with_rows, window
):
    made = with_rows(make_submission(provider, "rejected", rejected))
    page = window(submitter).open(
        f"/providers/Z9A/submissions/{made.reference}/rows/CYP101Referral/"
    )

    page.locator(".app-scroll").first.focus()
    page.keyboard.press("Tab")

    assert "SourceOfReferral" in page.evaluate("document.activeElement.textContent")


def test_the_comparison(submitter, provider, make_submission, rejected, judged, window):
    make_submission(provider, "rejected", rejected, started=timezone.now() - timedelta(hours=2))
    fewer = replace(judged, rules=tuple(replace(rule, count=3) for rule in judged.rules[2:]))
    made = make_submission(provider, "transferred", fewer)
    comparison = window(submitter)

    comparison.open(f"/providers/Z9A/submissions/{made.reference}/compare/")

    comparison.take_picture("compare")
    assert comparison.faults() == []


def test_files_are_recognised_and_a_spreadsheet_is_refused_before_it_is_sent(submitter, window):
    form = window(submitter)
    page = form.open("/providers/Z9A/submit/")

    page.set_input_files(
        "input[type=file]",
        [
            {"name": "CYP101Referral.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"},
            {"name": "ward list.xlsx", "mimeType": "", "buffer": b"PK\x03\x04"},
            {"name": "CYP001MPI.csv", "mimeType": "text/csv", "buffer": b"PK\x03\x04"},
            {"name": "<img src=x>.csv", "mimeType": "text/csv", "buffer": b"a"},
        ],
    )
    page.wait_for_selector("text=1 of 4 files can be sent")

    assert page.locator("text=This is a spreadsheet").count() == 2
    form.take_picture("submit-files")
    assert form.faults() == []


def test_a_wrong_file_is_sent_and_its_error_report_is_shown(submitter, window, tmp_path):
    page = window(submitter).open("/providers/Z9A/submit/")

    page.set_input_files(
        "input[type=file]",
        {"name": "CYP101Referral.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"},
    )
    page.wait_for_selector("text=1 of 1 file can be sent")
    page.click("#send")

    page.wait_for_selector("text=Wrong format")
    assert "/submissions/S-" in page.url


def test_the_form_works_without_a_script(submitter, window):
    page = window(submitter, scripts=False).open("/providers/Z9A/submit/")

    page.set_input_files(
        "input[type=file]",
        {"name": "CYP101Referral.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"},
    )
    page.click("#send")

    page.wait_for_selector("text=Wrong format")


@pytest.mark.parametrize("part", ["", "reference/", "keys/"])
def test_the_pages_about_the_api(submitter, window, part):
    new_key("Z9A", by=f"person:{submitter.pk}")
    page = window(submitter)

    page.open(f"/providers/Z9A/api/{part}")

    if part != "reference/":
        page.take_picture(f"api-{part[:-1]}" if part else "api")
    assert page.faults() == []


@pytest.mark.parametrize(
    "place", ["2.0/CYP101Referral/", "2.0/changes/", "2.0/codes/attendance_status/"]
)
def test_the_specification(submitter, window, place):
    page = window(submitter)

    page.open(f"/specification/{place}")

    if "Referral" in place:
        page.take_picture("specification")
    assert page.faults() == []
