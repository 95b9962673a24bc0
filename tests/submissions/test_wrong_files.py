"""Wrong files sent to a real server: an answer that says what to do, and no trace but a row."""

import io
import os
import zipfile
from pathlib import Path

import httpx
import pytest

from submissions.credentials import new_key
from submissions.models import StoredFile, Submission
from submissions.states import State
from tests.submissions.serving import serve

pytestmark = pytest.mark.django_db(transaction=True)
CSV, ZIP = "text/csv", "application/zip"
GIGABYTE = 1024**3
MOST_MEMORY = 64 * 1024


def package(**members):
    """A zip of members by name."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return held.getvalue()


def workbook():
    """The outline of a spreadsheet's file."""
    return package(
        **{
            "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/"/>',
            "xl/workbook.xml": b"<workbook/>",
            "xl/worksheets/sheet1.xml": b"<worksheet/>",
        }
    )


def bomb():
    """A megabyte that unpacks to a gigabyte."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as opened,
        opened.open("CYP001MPI.csv", "w") as member,
    ):
        for _ in range(GIGABYTE // 2**24):
            member.write(bytes(2**24))
    return held.getvalue()


def changed(day, change):
    """A day with each of its files changed."""
    with zipfile.ZipFile(io.BytesIO(day)) as opened:
        return package(**{name: change(opened.read(name)) for name in opened.namelist()})


WRONG = {
    "a spreadsheet renamed": ("day.csv", CSV, lambda _: workbook()),
    "UTF-16": ("day.zip", ZIP, lambda day: changed(day, lambda d: d.decode().encode("utf-16"))),
    "a missing column": ("day.zip", ZIP, lambda day: changed(day, lambda d: d.split(b",", 1)[1])),
    "random bytes": ("day.csv", CSV, lambda _: os.urandom(10_000)),
    "a bomb": ("day.zip", ZIP, lambda _: bomb()),
}


def peak(pid):
    """The most memory that a process has had, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def test_wrong_files_are_answered_in_words_and_leave_a_row_alone(provider, day, tmp_path):
    key = new_key(provider.code, by="test")[1]
    with serve(tmp_path) as server:

        def post(name, kind, data):
            headers = {
                "Authorization": f"Bearer {key}",
                "Content-Type": kind,
                "Content-Disposition": f'attachment; filename="{name}"',
            }
            url = f"{server.url}/api/v1/submissions?mode=test"
            return httpx.post(url, content=data, headers=headers, timeout=120)

        assert post("day.zip", ZIP, day(seed=2)).status_code == 202
        before, kept = peak(server.pid), StoredFile.objects.count()
        stored = {path for path in (tmp_path / "store").rglob("*") if path.is_file()}

        for name, kind, make in WRONG.values():
            answer = post(name, kind, make(day()))

            assert answer.status_code == 422
            assert answer.headers["Content-Type"] == "application/problem+json"
            said = answer.json()
            assert httpx.get(said["type"]).json()["what_to_do"]
            assert all(error["detail"] and error["fix"] for error in said["errors"])

        assert peak(server.pid) - before < MOST_MEMORY
        assert Submission.objects.filter(state=State.REFUSED).count() == len(WRONG)
        assert StoredFile.objects.count() == kept
        assert {path for path in (tmp_path / "store").rglob("*") if path.is_file()} == stored
        assert post("day.zip", ZIP, day()).status_code == 202
