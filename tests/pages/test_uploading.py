"""Send files in the browser: what is refused, what is sent, and what goes on after a break."""

import random
from collections import Counter

import pytest
from django.test import Client
from playwright.sync_api import expect

from submissions.models import Piece, Submission, Upload
from submissions.states import State

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PART = 8 * 1024 * 1024
LARGE = 66 * 1024 * 1024


@pytest.fixture
def portal(agem, provider, somebody, tmp_path):
    agem.STORE_URL = f"file://{tmp_path}/store"
    return somebody("submitter", provider, name="Priya Shah")


@pytest.fixture
def form(portal, window):
    return window(portal).open("/providers/Z9A/submit/")


@pytest.fixture
def sent(form):
    """The offset and the file of every part that was sent, and how many were at once."""

    class Sent:
        parts, now, most = [], 0, 0

    def begun(request):
        if request.method == "PATCH":
            Sent.parts.append((request.url, int(request.headers["upload-offset"])))
            Sent.now += 1
            Sent.most = max(Sent.most, Sent.now)

    def ended(request):
        Sent.now -= request.method == "PATCH"

    Sent.parts = []
    form.on("request", begun)
    form.on("requestfinished", ended)
    form.on("requestfailed", ended)
    return Sent


@pytest.fixture
def large_day(spoilt_day):
    """A day of which one file is larger than 64 MB."""
    contacts = spoilt_day / "CYP201CareContact.csv"
    head, *rows = contacts.read_text().splitlines(keepends=True)
    times = LARGE // sum(len(row) for row in rows) + 1
    contacts.write_text(head + "".join(rows) * times)
    return spoilt_day


def choose(page, paths):
    paths = [str(path) for path in paths]
    page.set_input_files("input[type=file]", paths)
    page.wait_for_selector("#chosen-title:has-text('can be sent')")


def test_every_file_is_recognised_sent_two_at_a_time_and_becomes_one_submission(
    form, sent, spoilt_day
):
    paths = sorted(spoilt_day.glob("*.csv"))
    choose(form, paths)
    expect(form.locator("#chosen-title")).to_have_text(
        f"{len(paths)} of {len(paths)} files can be sent"
    )
    expect(form.locator("#chosen")).to_contain_text("Care contact")
    expect(form.locator(".app-facts")).to_contain_text("5 March 2024")

    form.click("#send")
    form.wait_for_url("**/submissions/S-*/")

    submission = Submission.objects.get()
    assert submission.state == State.RECEIVED
    assert submission.files.filter(kind="sent").count() == len(paths)
    assert sent.most == 2
    assert not Piece.objects.exists()


def test_a_large_file_goes_on_after_a_lost_connection(form, sent, large_day):
    choose(form, large_day.glob("*.csv"))
    stopped = break_at(form, 3 * PART)
    form.click("#send")
    form.wait_for_selector("text=Waiting for the connection", timeout=60_000)
    assert stopped

    form.unroute("**/uploads/*-*/")
    form.context.set_offline(False)
    form.wait_for_url("**/submissions/S-*/", timeout=60_000)

    assert Submission.objects.get().state == State.RECEIVED
    assert repeated(sent) <= {3 * PART}


@pytest.mark.long
def test_a_large_file_goes_on_when_the_page_was_left_and_it_is_chosen_again(form, sent, large_day):
    paths = list(large_day.glob("*.csv"))
    choose(form, paths)
    stopped = break_at(form, 3 * PART)
    form.click("#send")
    form.wait_for_selector("text=Waiting for the connection", timeout=60_000)
    assert stopped
    form.unroute("**/uploads/*-*/")
    form.context.set_offline(False)
    form.on("dialog", lambda dialog: dialog.accept())
    form.reload()
    expect(form.locator("#interrupted")).to_contain_text("CYP201CareContact.csv")

    choose(form, paths)
    form.click("#send")
    form.wait_for_url("**/submissions/S-*/", timeout=60_000)

    assert Submission.objects.get().state == State.RECEIVED
    assert repeated(sent) <= {3 * PART}


def break_at(page, offset):
    """Cut the line when the part at an offset is about to be sent."""
    stopped = []

    def cut(route):
        if route.request.headers.get("upload-offset") == str(offset):
            stopped.append(offset)
            page.context.set_offline(True)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/uploads/*-*/", cut)
    return stopped


def repeated(sent):
    """The offsets of the large file that were sent more than once."""
    large = max(sent.parts, key=lambda part: part[1])[0]
    offsets = Counter(offset for url, offset in sent.parts if url == large)
    assert 0 in offsets
    return {offset for offset, times in offsets.items() if times > 1}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("CYP101Referral.xlsx", b"PK\x03\x04", "spreadsheet"),
        ("CYP101Referral.csv", b"PK\x03\x04 a sheet under another name", "spreadsheet"),
        ("CYP101Referral.csv", b"\xd0\xcf\x11\xe0 an old sheet", "spreadsheet"),
        ("CYP101Referral.csv", b"%PDF-1.7", "PDF"),
        ("CYP101Referral.csv", b"", "empty"),
        ("day.zip", b"not a zip", "none"),
        ("Referrals March.csv", b"a,b\n", "not the name of a table"),
        ("notes.txt", b"a", "Choose a CSV file"),
    ],
)
def test_what_cannot_be_read_is_refused_before_it_is_sent(form, name, content, why):
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    form.set_input_files("input[type=file]", [file])

    expect(form.locator("#chosen .app-bad")).to_contain_text(why)
    form.click("#send")

    expect(form.locator("#announcer")).to_contain_text("Choose at least one file")
    assert not Upload.objects.exists()


def test_the_list_of_files_is_without_fault(portal, window, spoilt_day):
    seen = window(portal)
    page = seen.open("/providers/Z9A/submit/")
    wrong = spoilt_day / "ward list march.xlsx"
    wrong.write_bytes(b"PK\x03\x04" + random.Random(1).randbytes(19_000))  # noqa: S311
    choose(page, [*sorted(spoilt_day.glob("*.csv"))[:4], wrong])

    seen.take_picture("submit-files")

    assert seen.faults() == []


def test_files_that_are_no_submission_are_answered_with_the_reason(form, spoilt_day):
    choose(form, [spoilt_day / "CYP101Referral.csv"])

    form.click("#send")
    form.wait_for_url("**/submissions/S-*/")

    assert Submission.objects.get().state == State.REFUSED


def test_files_are_dropped(form):
    dropped = form.evaluate_handle(
        """() => {
          const held = new DataTransfer();
          held.items.add(new File(["a,b\\n"], "CYP101Referral.csv", { type: "text/csv" }));
          return held;
        }"""
    )

    form.dispatch_event("button#files", "drop", {"dataTransfer": dropped})

    expect(form.locator("#chosen-title")).to_have_text("1 of 1 file can be sent")


def test_files_are_removed_and_sent_with_the_keyboard_alone(form, spoilt_day):
    wrong = {"name": "ward list.xlsx", "mimeType": "text/csv", "buffer": b"PK\x03\x04"}
    form.set_input_files("input[type=file]", [wrong])
    expect(form.locator("#chosen .app-bad")).to_contain_text("spreadsheet")

    press_until(form, "Remove")
    form.keyboard.press("Enter")
    expect(form.locator("#chosen")).to_be_hidden()
    choose(form, spoilt_day.glob("*.csv"))
    press_until(form, "Send")
    form.keyboard.press("Enter")

    form.wait_for_url("**/submissions/S-*/")


def press_until(page, text):
    """Go on with the tabulator until something of this text has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == text:
            return
    pytest.fail(f"{text} is not reached")


def test_a_part_without_the_token_of_the_form_is_refused(portal, agem):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(portal)

    assert begin(strict).status_code == 403
    assert not Upload.objects.exists()


def test_another_persons_upload_is_not_there(form, portal, provider, somebody, client, spoilt_day):
    client.force_login(somebody("submitter", provider))
    upload = begin(client)
    client.force_login(portal)

    there = client.head(upload["Location"], headers={"Tus-Resumable": "1.0.0"})

    assert there.status_code == 404


def begin(client):
    """Begin an upload of ten bytes."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    return client.post("/providers/Z9A/uploads/", headers=headers)
