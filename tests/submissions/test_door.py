"""What is wrong in form is refused at once, in words, and leaves only its row in the history."""

import base64
import gzip
import hashlib
import os
import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from submissions.models import StoredFile, Submission
from submissions.states import State

pytestmark = pytest.mark.django_db(transaction=True)


def repacked(data, change):
    """A zip with its members changed: `change(name, bytes) -> bytes or None`."""
    held = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            member = change(name, old.read(name))
            if member is not None:
                new.writestr(name, member)
    return held.getvalue()


def bomb():
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("CYP001MPI.csv", bytes(50_000_000))
    return held.getvalue()


HOSTILE = {
    "random bytes": lambda _: (os.urandom(10_000), "text/csv"),
    "xlsx renamed": lambda _: (b"PK\x03\x04" + os.urandom(500), "text/csv"),
    "utf-16": lambda day: (
        repacked(day, lambda _, data: data.decode().encode("utf-16")),
        "application/zip",
    ),
    "nul": lambda day: (repacked(day, lambda _, data: data + b"\0,\n"), "application/zip"),
    "missing column": lambda day: (
        repacked(day, lambda _, data: data.split(b",", 1)[1]),
        "application/zip",
    ),
    "bomb": lambda _: (bomb(), "application/zip"),
    "empty line": lambda _: (b"\n", "text/csv"),
    "not gzip": lambda _: (b"a,b\n", "application/gzip"),
    "gzip of nonsense": lambda _: (gzip.compress(b"nonsense\n1\n"), "application/gzip"),
    "broken zip": lambda day: (day[:-30], "application/zip"),
    "no header table": lambda day: (
        repacked(day, lambda name, data: None if "Header" in name else data),
        "application/zip",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_wrong_file_is_refused_in_words_and_nothing_of_it_is_kept(kind, send, day, tmp_path):
    data, content_type = HOSTILE[kind](day())

    answer = send(data, content_type=content_type)

    assert answer.status_code == 422, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["type"].endswith("/api/v1/problems/wrong-format")
    assert all(error["detail"] and error["fix"] for error in said["errors"])
    assert Submission.objects.get().state == State.REFUSED
    assert not StoredFile.objects.exists()
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


def test_the_error_report_can_be_read_again(send, get):
    reference = send(b"nonsense\n1\n", content_type="text/csv").json()["reference"]

    said = get(f"/{reference}/errors").json()

    assert said["count"] >= 1
    assert said["errors"][0]["rule"]


def test_a_digest_that_does_not_match_stops_a_submission(send, day):
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()

    answer = send(day(), **{"Content-Digest": f"sha-256=:{wrong}:"})

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("wrong-digest")
    assert Submission.objects.get().state == State.INCOMPLETE


def test_another_kind_of_body_is_not_taken(send):
    assert send(b"{}", content_type="application/json").status_code == 415


def test_a_day_outside_the_collection_is_told_so(send, day):
    def later(name, data):
        return data.replace(b"2024-03-05", b"2025-03-05")

    answer = send(repacked(day(), later))

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("window-closed")
    assert "31 May 2024" in answer.json()["detail"]
    assert Submission.objects.get().state == State.REFUSED


def test_a_form_may_hold_the_tables_one_by_one(client, key, day, provider):
    with zipfile.ZipFile(BytesIO(day())) as package:
        files = [SimpleUploadedFile(name, package.read(name)) for name in package.namelist()]

    answer = client.post(
        "/api/v1/submissions", {"files": files}, headers={"Authorization": f"Bearer {key}"}
    )

    assert answer.status_code == 202, answer.json()
    assert StoredFile.objects.filter(kind="sent").count() == len(files)


def test_no_temporary_file_is_written_for_an_upload(client, key, day, tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")

    answer = client.post(
        "/api/v1/submissions",
        {"files": SimpleUploadedFile("day.zip", day() + bytes(0))},
        headers={"Authorization": f"Bearer {key}"},
    )

    assert answer.status_code == 202
