"""A submitter's first day: sign in, send a day with a fault, find it, mend it, send it again."""

import csv
import io
import zipfile

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from submissions.tasks import bell
from tests.pages.conftest import synthesise_day

# each wrong cell on a page of rows: its line, and the item its column is headed with
WRONG = """
  [...document.querySelectorAll(".app-cells__bad, .app-cells__warn")].map((cell) => [
    cell.parentElement.cells[0].textContent.trim(),
    cell.closest("table").rows[0].cells[cell.cellIndex].textContent.trim(),
  ])
"""
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def portal(agem, provider, somebody, tmp_path):
    agem.STORE_URL = f"file://{tmp_path}/store"
    agem.HANDOVER_URL = f"file://{tmp_path}/handover"
    agem.DEMONSTRATION = True
    for shelf in ("outgoing", "acknowledgements"):
        (tmp_path / "handover" / shelf).mkdir(parents=True)
    person = somebody("submitter", provider, name="Priya Shah")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def zipped(folder, **changed):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        for path in sorted(folder.glob("*.csv")):
            package.writestr(path.name, changed.get(path.stem, path.read_text()))
    return {"name": "day.zip", "mimeType": "application/zip", "buffer": held.getvalue()}


def send(page, package):
    page.goto(page.url.split("/providers/")[0] + "/providers/Z9A/submit/")
    page.set_input_files("input[type=file]", package)
    page.wait_for_selector("text=1 of 1 file can be sent")
    page.click("#send")
    page.wait_for_url("**/submissions/S-*/")


def test_a_fault_is_found_mended_and_accepted_with_the_pages_alone(
    portal, spoilt_day, tmp_path, window
):
    referrals = (spoilt_day / "CYP101Referral.csv").read_text()
    page = window().open("/accounts/login/")

    page.fill("input[name=login]", portal.email)
    page.fill("input[name=password]", "correct horse")
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/providers/Z9A/")

    send(
        page,
        zipped(spoilt_day, CYP101Referral=referrals.replace("SourceOfReferral", "SourceOfReferal")),
    )
    expect(page.locator(".app-step--failed")).to_contain_text("Form of the files")
    page.click("text=See what to correct >> nth=0")
    expect(page.locator("main")).to_contain_text("SourceOfReferral")

    send(page, zipped(spoilt_day))
    expect(page.locator("main")).to_contain_text("Waiting for checks")
    bell()
    expect(page.locator("main")).to_contain_text("Accepted in part", timeout=20_000)
    page.click("text=Data quality report >> nth=0")
    page.click("text=View rows >> nth=0")
    mend(spoilt_day, synthesised(tmp_path / "right"), told_by(page))

    send(page, zipped(spoilt_day))
    bell()
    expect(page.locator("main .nhsuk-tag").first).to_have_text("Accepted", timeout=20_000)
    page.goto(page.url + "compare/")
    expect(page.locator(".app-card", has_text="Still failing")).to_contain_text(
        "Still failing 0 findings"
    )


def told_by(page):
    """The cells that the rows with errors name as wrong: table, line and item."""
    links = page.locator("main p", has_text="Tables with errors").locator("a")
    others = [link.get_attribute("href") for link in links.all()]
    here = page.url.partition("?")[0]
    told = set()
    for place in [here, *(here.partition("/providers/")[0] + other for other in others)]:
        page.goto(place)
        table = place.rstrip("/").rpartition("/")[2]
        told |= {(table, int(line.replace(",", "")), item) for line, item in page.evaluate(WRONG)}
    return told


def mend(folder, right, told):
    """Put right what is told, and nothing else, with a text editor's idea of a line."""
    assert told
    for table, line, item in told:
        path = folder / f"{table}.csv"
        lines, rights = path.read_text().splitlines(), (right / path.name).read_text().splitlines()
        [head], [cells], [good] = (
            list(csv.reader([text])) for text in (lines[0], lines[line - 1], rights[line - 1])
        )
        place = head.index(item)
        cells[place] = good[place]
        lines[line - 1] = ",".join(cells)
        path.write_text("\n".join(lines) + "\n")


def synthesised(folder):
    """The day as it would have been without the faults."""
    synthesise_day(folder)
    return folder
