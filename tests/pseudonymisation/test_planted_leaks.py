"""Ten ways in which something could leak or be forged; each is stopped by name."""

import hashlib
import json
from dataclasses import replace

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.handover import open_handover, pending
from portal.manifests import manifest_to_bytes
from portal.specification import Identifier, Method, SentColumn, SentType, Treatment
from portal.transfers import MANIFEST, SIGNATURE, BrokenSeal, seal, unseal, write_part
from pseudonymisation.keys import KeyFault
from pseudonymisation.sending import LeakFound
from tests.pseudonymisation.days import DATA_SET, DAY, day_of

MPI = DATA_SET.tables["CYP001MPI"]


def changed_data_set(table):
    return replace(DATA_SET, tables={**DATA_SET.tables, table.name: table})


def with_kept(table, item, *, identifier):
    """The table with an item set to be kept as it is."""
    kept = replace(table.items[item], treatment=Treatment(Method.KEEP), identifier=identifier)
    columns = tuple(
        SentColumn(item, SentType.TEXT, item, (item,)) if item in column.items else column
        for column in table.sent_columns
    )
    return replace(table, items={**table.items, item: kept}, sent_columns=columns)


def refused(act, kind=BrokenSeal) -> str:
    with pytest.raises(kind) as caught:
        act()
    assert "9434765919" not in str(caught.value)
    assert "943" not in str(vars(caught.value))
    return caught.value.code


def nothing_left(door) -> bool:
    return pending(open_handover(door.handover_url)) == []


@pytest.mark.parametrize(
    ("identifier", "code"),
    [(Identifier.DIRECT, "DIRECT_IDENTIFIER"), (Identifier.NONE, "NHS_NUMBER")],
)
def test_1_a_treatment_set_to_keep(door, monkeypatch, identifier, code):
    leaky = changed_data_set(with_kept(MPI, "NHSNumber", identifier=identifier))
    monkeypatch.setattr("pseudonymisation.sending.load_data_set", lambda *_: leaky)

    assert refused(door.send, LeakFound) == code
    assert nothing_left(door)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("943 476 5919", "NHS_NUMBER"),
        ("LE1 1AA", "POSTCODE"),
        ("ann@example.org", "EMAIL"),
        ("0116 496 0000", "TELEPHONE"),
    ],
)
def test_2_an_identifier_in_a_kept_item(door, value, code):
    rows = [{**DAY["CYP101Referral"][0], "PrimaryReferralReason": value}]

    assert refused(lambda: door.send(day_of(CYP101Referral=rows)), LeakFound) == code
    assert nothing_left(door)


def resealed(door, change, **origin):
    """A transfer that the sender signed although its parts were changed."""
    door.send()
    folder = door.fetch()
    manifest = door.open(folder).manifest
    parts = list(manifest.parts)
    path = folder / parts[1].file
    change(pl.read_parquet(path)).write_parquet(path)
    parts[1] = replace(parts[1], sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    seal(folder, replace(manifest.origin, **origin), parts, b"{}", door.key)
    return folder


def test_3_an_extra_column(door):
    folder = resealed(door, lambda frame: frame.with_columns(NHSNumber=pl.lit("9434765919")))

    assert refused(lambda: door.open(folder)) == "COLUMNS"


def test_3_an_extra_column_is_not_written_either(door, tmp_path):
    door.send()
    frame = next(door.open().frames(MPI.name)).with_columns(Extra=pl.lit(1))

    assert refused(lambda: write_part(tmp_path, MPI, 1, frame)) == "COLUMNS"


def test_4_an_unsigned_manifest(door):
    door.send()
    folder = door.fetch()
    (folder / SIGNATURE).unlink()

    assert refused(lambda: door.open(folder)) == "UNSIGNED"


def test_4_an_altered_manifest(door):
    door.send()
    folder = door.fetch()
    text = (folder / MANIFEST).read_text().replace('"Z9A"', '"Z9B"')
    (folder / MANIFEST).write_text(text)

    assert refused(lambda: door.open(folder)) == "SIGNATURE"


def test_4_a_manifest_signed_by_somebody_else(door):
    door.send()
    stranger = Ed25519PrivateKey.generate().public_key()

    assert refused(lambda: unseal(door.fetch(), stranger)) == "SIGNATURE"


def test_5_a_swapped_parquet(door):
    door.send()
    folder = door.fetch()
    one, other = sorted(folder.glob("*.parquet"))[1:3]
    other.write_bytes(one.read_bytes())

    assert refused(lambda: door.open(folder)) == "DIGEST"


def test_6_a_replay_brings_nothing_new(door):
    door.send()
    first = {path.name: path.read_bytes() for path in door.fetch().iterdir()}
    door.send()

    assert {path.name: path.read_bytes() for path in door.fetch().iterdir()} == first


def test_7_an_older_version_under_a_newer_name(door):
    folder = resealed(door, lambda frame: frame, slot_version=0)
    newer = door.origin(slot_version=2)
    moved = folder.rename(folder.with_name(str(newer.transfer)))

    assert refused(lambda: door.open(moved)) == "TRANSFER"


def test_8_another_providers_manifest(door):
    door.send()
    folder = door.fetch()
    manifest = door.open(folder).manifest
    theirs = replace(manifest, origin=replace(manifest.origin, provider="Z9B"))
    (folder / MANIFEST).write_bytes(manifest_to_bytes(theirs))

    assert refused(lambda: door.open(folder)) == "SIGNATURE"


def test_8_another_providers_records(door):
    assert refused(lambda: door.send(provider="Z9B")) == "PROVIDER"
    assert nothing_left(door)


def test_9_a_wrong_epoch(door):
    assert refused(lambda: door.send(key_epoch=2), KeyFault) == "UNKNOWN_EPOCH"
    assert nothing_left(door)


@pytest.mark.parametrize("keep", [0, 1, 100])
def test_10_a_truncated_file(door, keep):
    door.send()
    folder = door.fetch()
    path = next(iter(folder.glob("CYP001MPI.*")))
    path.write_bytes(path.read_bytes()[:keep])

    assert refused(lambda: door.open(folder)) == "DIGEST"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda frame: frame.head(1), "ROWS"),
        (lambda frame: frame.with_columns(pl.col("Gender").cast(pl.Int64)), "TYPES"),
        (lambda frame: frame.with_columns(Person_Pseudo=pl.lit(b"9434765919")), "TYPES"),
        (lambda frame: frame.with_columns(Gender=pl.lit("943 476 5919")), "NHS_NUMBER"),
        (lambda frame: frame.select(reversed(frame.columns)), "COLUMNS"),
    ],
)
def test_a_signed_folder_is_checked_as_closely(door, change, code):
    assert refused(lambda: door.open(resealed(door, change))) == code


def test_a_file_too_many_is_refused(door):
    door.send()
    folder = door.fetch()
    (folder / "notes.txt").write_text("hello")

    assert refused(lambda: door.open(folder)) == "FILES"


def test_an_identifier_in_the_report_stops_it(door):
    sending = replace(door.sending(), report=json.dumps(["943 476 5919"]).encode())
    from pseudonymisation.sending import send  # noqa: PLC0415

    assert refused(lambda: send(sending, day_of()), LeakFound) == "NHS_NUMBER"
    assert nothing_left(door)
