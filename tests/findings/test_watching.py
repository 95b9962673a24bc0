"""How far the checks have come is told in counts, and seldom."""

import json

import pytest

from portal.specification import Severity
from submissions import watching
from submissions.findings import Findings
from tests.rules.making import DATA_SET


@pytest.fixture
def findings():
    table = DATA_SET.tables["CYP101Referral"]
    made = Findings(table)
    made.of("R-1", "SourceOfReferral", Severity.WARNING).count = 12
    made.of("R-2", "ServiceRequestId", Severity.REJECT_RECORD).count = 30
    return made


def test_rows_and_rules_so_far_are_told(findings, tmp_path):
    watch = watching.write_progress(tmp_path / "progress.json")

    watch(findings, 50_000)

    said = watching.read_progress(tmp_path / "progress.json")
    assert said["rows"] == {"CYP101Referral": 50_000}
    assert (said["errors"], said["warnings"], said["broken"]) == (30, 12, 2)
    assert said["rules"][0] == ["CYP101Referral", "R-2", "ServiceRequestId", "reject_record", 30]


def test_it_is_written_once_a_second_and_when_all_is_read(findings, tmp_path):
    path = tmp_path / "progress.json"
    watch = watching.write_progress(path)
    for records in range(1, 1000):
        watch(findings, records)
    assert json.loads(path.read_text())["rows"] == {"CYP101Referral": 1}

    watch(None, 0)

    assert watching.read_progress(path)["rows"] == {"CYP101Referral": 999}
    assert "rows_read_at" in watching.read_progress(path)


def test_nothing_is_read_where_nothing_was_written(tmp_path):
    assert watching.read_progress(tmp_path / "none.json") == {}
