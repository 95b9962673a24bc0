import json
import subprocess
import sys
from pathlib import Path

import pytest

from submissions.checking import main
from tests.rules.making import CONTACT, DATA_SET, HEADER, PERSON, RIGHT, sources_of, spoilt

ROOT = Path(__file__).parents[2]


def written(rows, folder):
    for name, source in sources_of(rows).items():
        (folder / DATA_SET.tables[name].file_name).write_bytes(source.open().read())
    return folder


def checked(*arguments, capsys):
    code = main(["check", "--made-up", *map(str, arguments)])
    return code, capsys.readouterr().out


def test_right_files_are_accepted(tmp_path, capsys):
    code, told = checked(written(RIGHT, tmp_path), capsys=capsys)

    assert code == 0
    assert "Accepted" in told


def test_findings_are_those_of_the_portal(tmp_path, capsys):
    rows = spoilt((CONTACT, 0, "AttendanceStatus", "9"))

    code, told = checked(written(rows, tmp_path), "--json", capsys=capsys)

    assert code == 0
    assert [rule["code"] for rule in json.loads(told)["rules"]] == ["CYP201-AttendanceStatus-V"]


def test_rejected_files_have_their_own_exit_code(tmp_path, capsys):
    rows = spoilt((HEADER, 0, "RP_EndDate", "2024-04-01"))

    code, told = checked(written(rows, tmp_path), capsys=capsys)

    assert code == 3
    assert "Rejected" in told


def test_faults_are_told_with_their_line(tmp_path, capsys):
    folder = written(RIGHT, tmp_path)
    with (folder / f"{CONTACT}.csv").open("ab") as file:
        file.write(b"1,2,3\n")

    code, told = checked(folder, "--json", capsys=capsys)

    assert code == 3
    assert [(each["line"], each["code"]) for each in json.loads(told)["faults"]] == [
        (4, "too-few-fields")
    ]


def test_a_sender_sees_its_own_row_beside_a_finding_if_it_asks(tmp_path, capsys):
    folder = written(spoilt((PERSON, 0, "NHSNumber", "9434765918")), tmp_path)

    _, plain = checked(folder, capsys=capsys)
    _, explained = checked(folder, "--explain", capsys=capsys)

    assert "9434765918" not in plain
    assert "NHSNumber=9434765918" in explained.replace("\n", "")


def test_one_file_can_be_checked_with_the_header_given(tmp_path, capsys):
    folder = written(RIGHT, tmp_path)
    header = [f"--header={name}={value}" for name, value in RIGHT[HEADER][0].items()]

    code, _ = checked(folder / f"{PERSON}.csv", *header, "--json", capsys=capsys)

    assert code == 3


def test_files_without_a_header_cannot_be_judged(tmp_path, capsys):
    code, told = checked(written(spoilt(without=(HEADER,)), tmp_path), "--json", capsys=capsys)

    assert code == 3
    assert json.loads(told)["faults"][0]["code"] == "no-header"


def test_a_header_that_cannot_be_read_does_not_hide_what_is_wrong_elsewhere(tmp_path, capsys):
    written(RIGHT, tmp_path)
    (tmp_path / f"{HEADER}.csv").write_bytes(b"Version,\xff\n2.0,\xff\n")
    with (tmp_path / f"{CONTACT}.csv").open("ab") as contacts:
        contacts.write(b"one field\n")

    assert main(["check", str(tmp_path), "--json"]) == 3

    told = json.loads(capsys.readouterr().out)["faults"]
    assert {(each["file"], each["line"], each["code"]) for each in told} >= {
        (f"{HEADER}.csv", 1, "not-utf-8"),
        (f"{HEADER}.csv", 2, "not-utf-8"),
        (f"{CONTACT}.csv", 4, "too-few-fields"),
    }


def test_a_path_that_is_not_there_is_a_matter_of_usage(capsys):
    assert main(["check", "/nowhere"]) == 2


@pytest.mark.parametrize("framework", ["django", "celery", "psycopg"])
def test_the_checker_needs_no_framework(framework):
    code = "import sys, submissions.checking, submissions.printing as _;"
    code += f"sys.exit('{framework}' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
