"""The command-line client against a live portal: what a nightly script sees."""

import json
import os
import stat
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from submissions.client import calling
from submissions.client.endings import Ending, Exit
from submissions.credentials import new_client
from submissions.models import NilReturn, Submission

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pilot(live_server, key):
    """Run the client as a script would: `pilot("submit", folder)`."""

    def running(*words, **environment):
        names = {"PILOT_URL": live_server.url, "PILOT_KEY": key, **environment}
        return subprocess.run(
            [sys.executable, "-m", "submissions.client", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, **names},
            capture_output=True,
            text=True,
            check=False,
        )

    return running


@pytest.fixture
def folder(tmp_path, day):
    """A folder with the CSV files of a day."""
    with zipfile.ZipFile(BytesIO(day())) as package:
        package.extractall(tmp_path / "day")
    return tmp_path / "day"


def test_a_folder_is_sent_once_and_its_arrival_is_told(pilot, folder, work):
    first = pilot("submit", folder, "--wait", 0, "--json")
    again = pilot("submit", folder, "--wait", 0, "--json")
    work()
    reference = json.loads(first.stdout)["reference"]
    status = pilot("status", reference)

    assert first.returncode == 0, first.stderr
    assert json.loads(again.stdout)["reference"] == reference
    assert Submission.objects.count() == 1
    assert status.stdout.startswith(f"{reference} transferring accepted")


def test_a_wrong_format_is_shown_and_ends_with_three(pilot, tmp_path):
    (tmp_path / "CYP001MPI.csv").write_text("nonsense\n1\n", encoding="utf-8")

    ended = pilot("submit", tmp_path / "CYP001MPI.csv")

    assert ended.returncode == 3
    assert "do not have the format" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"PILOT_KEY": "csds_wrong"}, 4),
        ({"PILOT_KEY": ""}, 2),
        ({"PILOT_PROVIDER": "Z9B"}, 4),
    ],
)
def test_what_is_not_allowed_or_not_said_ends_with_its_own_code(pilot, folder, environment, code):
    ended = pilot("submit", folder, "--wait", 0, **environment)

    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_portal_that_is_not_there_ends_with_five(monkeypatch):
    monkeypatch.setattr(calling.time, "sleep", lambda _: None)

    with pytest.raises(Ending) as ended:
        calling.ask(calling.Portal("http://127.0.0.1:9", "key"), "/submissions")

    assert ended.value.code is Exit.TRY_AGAIN


def test_what_is_not_settled_in_time_ends_with_five(pilot, folder):
    ended = pilot("submit", folder, "--wait", 1)

    assert ended.returncode == 5, ended.stderr


def test_a_fault_of_the_portal_ends_with_one(pilot, folder):
    reference = json.loads(pilot("submit", folder, "--wait", 0, "--json").stdout)["reference"]
    Submission.objects.update(state="failed")

    assert pilot("status", reference).returncode == 1


def test_a_nonsensical_command_ends_with_two(pilot):
    assert pilot("submit", "/nonexistent").returncode == 2
    assert pilot("sumbit").returncode == 2


def test_a_pair_is_made_for_its_owner_alone_and_opens_the_portal(pilot, tmp_path, provider):
    private, public = tmp_path / "private.json", tmp_path / "public.json"
    pilot("key", "--private", private, "--public", public)
    machine = new_client(provider.code, json.loads(public.read_text()), by="test")

    ended = pilot(
        *("nil", "2024-03-05", "--because", "The clinic was shut."),
        PILOT_CLIENT=machine.pk,
        PILOT_PRIVATE_KEY_FILE=str(private),
    )

    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert ended.returncode == 0, ended.stderr
    assert NilReturn.objects.get().by == f"credential:{machine.pk}"


def test_errors_are_explained_beside_the_senders_own_rows(pilot, folder, work):
    rows = (folder / "CYP001MPI.csv").read_text(encoding="utf-8").splitlines()
    column = rows[0].split(",").index("DateOfBirth")
    cells = rows[1].split(",")
    cells[column] = "05/03/1990"
    rows[1] = ",".join(cells)
    (folder / "CYP001MPI.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    reference = json.loads(pilot("submit", folder, "--wait", 0, "--json").stdout)["reference"]
    work()

    ended = pilot("explain", reference, folder)

    assert ended.returncode == 0, ended.stderr
    assert "CYP001MPI.csv:2 DateOfBirth" in ended.stdout
    assert "[yours: 05/03/1990]" in ended.stdout


def test_empty_files_with_the_right_headings_are_written(pilot, tmp_path):
    ended = pilot("template", tmp_path / "blank")

    assert ended.returncode == 0
    assert (tmp_path / "blank" / "CYP001MPI.csv").read_text().startswith("LocalPatientID,")


def test_the_client_imports_no_framework():
    words = "import sys, submissions.client.commands, submissions.client.explaining as e;"
    names = "{'django','rest_framework','celery','redis','psycopg','boto3'}"

    ended = subprocess.run(
        [sys.executable, "-c", f"{words} print(sorted({names} & set(sys.modules)))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.strip() == "[]"
