import io
import json

import pytest

from portal.specification import load_data_set
from submissions.broken_rows import BLOCK, BrokenRows, Wanted
from submissions.sources import from_path
from submissions.validation import judge

CODE = "CYP101-SourceOfReferral-V"


@pytest.fixture
def rows(judging, spoilt_day, tmp_path):
    """The rows with findings of a made-up day, by table."""
    sources = {path.stem: from_path(path) for path in spoilt_day.glob("*.csv")}
    verdict = judge(sources, load_data_set("community_pilot", "2.0"), judging, findings=tmp_path)
    return {
        name: BrokenRows(io.BytesIO(path.read_bytes())) for name, path in verdict.rows.items()
    }, verdict


def test_every_record_with_a_finding_is_there(rows):
    kept, verdict = rows

    for name, of_table in kept.items():
        for kind in of_table.kinds:
            shown = of_table.matching(Wanted(rule=kind.rule, item=kind.item))
            assert len(shown) <= kind.count
        counted = verdict.counts.filter(table=name)["findings"].sum()
        assert counted == sum(kind.count for kind in of_table.kinds)


def test_a_row_says_its_line_its_record_and_the_wrong_cell(rows, spoilt_day):
    kept, _ = rows
    sent = (spoilt_day / "CYP101Referral.csv").read_text().splitlines()
    place = sent[0].split(",").index("SourceOfReferral")

    for row in kept["CYP101Referral"].page(None, 0, 500):
        cell = row.cells["SourceOfReferral"]
        written = sent[row.line - 1].split(",")[place].strip('"')
        assert row.line == row.record + 1
        assert (cell.text or "") == written
        assert (CODE in {kind.rule for kind in cell.kinds}) == (written == "Z9")


def test_an_identifier_is_there_only_as_a_shape(rows, spoilt_day):
    kept, _ = rows
    for name, of_table in kept.items():
        head, *lines = (spoilt_day / f"{name}.csv").read_text().splitlines()
        names = head.split(",")
        for row in of_table.page(None, 0, of_table.total):
            sent = dict(zip(names, lines[row.record - 1].split(","), strict=False))
            for item, cell in row.cells.items():
                if cell.shaped and any(letter.isdigit() for letter in sent.get(item, "")):
                    assert not set(cell.text) & set("012345678")


def test_rows_are_found_by_rule_item_and_value(rows):
    referrals = rows[0]["CYP101Referral"]

    by_value = referrals.matching(Wanted(rule=CODE, value="Z9"))

    assert len(by_value) == len(referrals.matching(Wanted(rule=CODE)))
    assert len(referrals.matching(Wanted(rule=CODE, value="01"))) == 0
    assert len(referrals.matching(Wanted(item="SourceOfReferral"))) >= len(by_value)
    assert referrals.matching(Wanted()) is None


def test_pages_follow_each_other_over_the_edges_of_blocks(judging, spoilt_day, tmp_path):
    path = spoilt_day / "CYP002GP.csv"
    head, *lines = path.read_text().splitlines()
    wrong = [line.replace(",", ",!", 1) for line in lines[:1]] * (3 * BLOCK + 7)
    path.write_text("\n".join([head, *wrong]) + "\n")
    sources = {one.stem: from_path(one) for one in spoilt_day.glob("*.csv")}
    verdict = judge(sources, load_data_set("community_pilot", "2.0"), judging, findings=tmp_path)
    kept = BrokenRows(io.BytesIO(verdict.rows["CYP002GP"].read_bytes()))

    seen = [row.record for start in range(0, kept.total, 25) for row in kept.page(None, start, 25)]

    assert seen == list(range(1, 3 * BLOCK + 8))
    assert json.dumps(seen)
