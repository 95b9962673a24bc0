"""A submitter's first day: sign in, send a day with a fault, find it, mend it, send it again."""

import io
import zipfile

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from submissions.tasks import bell

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


def test_a_fault_is_found_mended_and_accepted_with_the_pages_alone(portal, spoilt_day, window):
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
    line = int(page.locator(".app-cells tbody th").first.inner_text())
    assert line > 1

    mended = {name: text.replace(wrong, right) for name, text, wrong, right in _mended(spoilt_day)}
    send(page, zipped(spoilt_day, **mended))
    bell()
    expect(page.locator("main")).to_contain_text("Accepted", timeout=20_000)
    page.goto(page.url + "compare/")
    expect(page.locator("main")).to_contain_text("Fixed")


def _mended(folder):
    for table, wrong, right in (
        ("CYP101Referral", '"Z9"', '"01"'),
        ("CYP001MPI", '"<b>XX</b>"', '"LS1 4AP"'),
        ("CYP201CareContact", '"=1+1"', '"01"'),
    ):
        yield table, (folder / f"{table}.csv").read_text(), wrong, right
