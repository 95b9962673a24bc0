import json
import shutil
from dataclasses import replace

import polars as pl
import pytest

from portal.handover import deposit, fetch, open_handover, pending
from portal.manifests import manifest_from_bytes, manifest_to_bytes
from portal.transfers import BrokenSeal, TransferKind, transfer_id
from pseudonymisation.sending import gather, send_report, send_withdrawal
from tests.pseudonymisation.days import DATA_SET, DAY, SUBMISSION, day_of, frame_of


def test_what_is_sealed_is_what_is_opened(door):
    sent = door.send()

    transfer = door.open()

    assert transfer.origin == door.origin()
    assert transfer.tables == tuple(DAY)
    assert {table: transfer.rows(table) for table in transfer.tables} == sent.rows
    assert json.loads(transfer.report) == {"outcome": "accepted"}
    contacts = pl.concat(transfer.frames("CYP201CareContact"))
    assert contacts.columns == [
        one.name for one in DATA_SET.tables["CYP201CareContact"].sent_columns
    ]


def test_no_identifier_is_in_any_byte_of_a_transfer(door):
    door.send()
    folder = door.fetch()

    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    for path in folder.glob("*.parquet"):
        frame = pl.read_parquet(path)
        everything += repr(frame.rows()).encode() + str(frame.to_dicts()).encode()
    for identifier in (b"9434765919", b"ZY1 0AX", b"1960-02-29", b"2024-03-04"):
        assert identifier not in everything


def test_the_same_step_again_is_the_same_transfer_byte_for_byte(door):
    door.send()
    first = {path.name: path.read_bytes() for path in door.fetch().iterdir()}

    door.send()

    assert {path.name: path.read_bytes() for path in door.fetch().iterdir()} == first


@pytest.mark.parametrize("changed", [{"kind": "report"}, {"slot": 2}, {"epoch": 2}])
def test_another_step_is_another_transfer(changed):
    said = {"kind": "records", "slot": 1, "epoch": 1}
    ids = {
        transfer_id(SUBMISSION, TransferKind(one["kind"]), one["slot"], one["epoch"])
        for one in (said, {**said, **changed})
    }

    assert len(ids) == 2


def test_the_report_of_a_rejected_submission_travels_alone(door):
    send_report(door.sending(kind=TransferKind.REPORT, outcome="rejected"))

    transfer = door.open()

    assert transfer.origin.kind is TransferKind.REPORT
    assert transfer.tables == ()
    assert transfer.report


def test_a_withdrawal_travels_without_anything(door):
    send_withdrawal(door.sending(kind=TransferKind.WITHDRAWAL))

    transfer = door.open()

    assert transfer.origin.kind is TransferKind.WITHDRAWAL
    assert transfer.report is None


def test_a_manifest_survives_its_text(door):
    door.send()
    manifest = door.open().manifest

    assert manifest_from_bytes(manifest_to_bytes(manifest)) == manifest


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b'{"format": "another"}', b"\xff"])
def test_other_text_is_no_manifest(text):
    with pytest.raises(BrokenSeal, match="MANIFEST"):
        manifest_from_bytes(text)


def test_many_rows_come_in_parts(door, monkeypatch):
    monkeypatch.setattr("pseudonymisation.sending.PART_ROWS", 10)
    rows = [{"ServiceRequestID": f"R{n}", "LocalPatientID": "P1"} for n in range(25)]

    sent = door.send(day_of(CYP101Referral=rows))

    transfer = door.open()
    assert [frame.height for frame in transfer.frames("CYP101Referral")] == [10, 10, 5]
    assert sent.rows["CYP101Referral"] == transfer.rows("CYP101Referral") == 25


def test_gathering_loses_and_repeats_nothing():
    frames = [pl.DataFrame({"n": range(start, stop)}) for start, stop in ((0, 3), (3, 3), (3, 17))]

    gathered = list(gather(frames, 5))

    assert [frame.height for frame in gathered] == [5, 5, 5, 2]
    assert pl.concat(gathered)["n"].to_list() == list(range(17))


def test_a_table_without_rows_has_no_parts(door):
    door.send([("CYP101Referral", [frame_of("CYP101Referral", [])])])

    assert door.open().tables == ()


class Crash(Exception):
    pass


class Failing:
    """A hand-over store whose process dies after some steps."""

    def __init__(self, shelf, steps):
        self.shelf, self.steps = shelf, steps

    def put(self, name, source):
        if not self.steps:
            raise Crash
        self.steps -= 1
        self.shelf.put(name, source)

    def __getattr__(self, name):
        return getattr(self.shelf, name)


@pytest.mark.parametrize("steps", range(len(DAY) + 3))
def test_a_crash_while_handing_over_is_healed_by_doing_it_again(door, monkeypatch, steps):
    real = open_handover(door.handover_url)
    failing = Failing(real, steps)
    monkeypatch.setattr("pseudonymisation.sending.open_handover", lambda _url: failing)
    with pytest.raises(Crash):
        door.send()
    assert pending(real) == []

    monkeypatch.undo()
    door.send()
    door.send()

    assert door.open().rows("CYP001MPI") == 3


@pytest.mark.parametrize("step", ["write_part", "seal", "read_signing_key"])
def test_a_crash_while_sealing_hands_nothing_over(door, monkeypatch, step):
    def die(*_arguments):
        raise Crash

    monkeypatch.setattr(f"pseudonymisation.sending.{step}", die)
    with pytest.raises(Crash):
        door.send()

    assert pending(open_handover(door.handover_url)) == []


def test_a_folder_under_another_name_is_refused(door):
    door.send()
    folder = door.fetch()
    moved = folder.rename(folder.with_name(str(SUBMISSION)))

    with pytest.raises(BrokenSeal, match="TRANSFER"):
        door.open(moved)


def test_an_unsigned_folder_is_never_handed_over(door, tmp_path):
    folder = tmp_path / "unsigned"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")

    with pytest.raises(BrokenSeal, match="UNSIGNED"):
        deposit(open_handover(door.handover_url), folder)


def test_a_copy_that_is_fetched_twice_is_fresh(door):
    door.send()
    folder = door.fetch()
    (folder / "left-over").write_text("")

    assert not (door.fetch() / "left-over").exists()
    shutil.rmtree(folder)
    assert fetch(open_handover(door.handover_url), folder.name, folder.parent) == folder


def test_a_specification_of_another_digest_is_refused(door, monkeypatch):
    door.send()
    other = replace(DATA_SET, digest="0" * 64)
    monkeypatch.setattr("portal.transfers.load_data_set", lambda *_: other)

    with pytest.raises(BrokenSeal, match="SPECIFICATION"):
        door.open()
