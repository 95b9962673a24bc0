"""Codes of organisations, sites and postcodes are held against the loaded reference data."""

import zipfile
from io import BytesIO

import pytest

from portal.specification.reference import REFERENCE
from submissions.models import Submission
from submissions.reports import read_report

pytestmark = pytest.mark.django_db(transaction=True)
NEEDED = {"CP00010", "CP00113", "CP00204", "CP10110", "CP10111", "CP20114", "CP20115"}


def changed(package, table, old, new):
    """The package with a text replaced in one of its tables."""
    held = BytesIO()
    with zipfile.ZipFile(BytesIO(package)) as before, zipfile.ZipFile(held, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            after.writestr(name, data.replace(old, new) if name.startswith(table) else data)
    return held.getvalue()


@pytest.fixture
def reported(send, work):
    """Send a package, have it judged, and read its report."""

    def reporting(package):
        reference = send(package, query="?mode=test").json()["reference"]
        work()
        return read_report(Submission.objects.get(reference=reference))

    return reporting


def test_without_a_folder_the_rules_are_not_checked(reported, day, monkeypatch):
    monkeypatch.delenv("REFERENCE_FOLDER", raising=False)

    report = reported(day())

    assert {left.rule for left in report.not_checked} >= NEEDED


def test_with_a_folder_they_are_checked_and_a_right_day_has_no_finding(reported, day, monkeypatch):
    monkeypatch.setenv("REFERENCE_FOLDER", str(REFERENCE))

    report = reported(day(patients=60))

    assert not NEEDED & {left.rule for left in report.not_checked}
    assert not report.rules


def test_a_code_that_is_not_there_is_warned_about(reported, day, monkeypatch):
    monkeypatch.setenv("REFERENCE_FOLDER", str(REFERENCE))
    package = changed(day(patients=60), "CYP201CareContact", b",Z9A01", b",Z9A77")

    report = reported(package)

    assert [(rule.code, rule.severity) for rule in report.rules] == [("CP20115", "warning")]
    assert report.outcome == "accepted_with_warnings"
