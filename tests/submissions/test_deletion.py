"""The end of data: retention, erasing a person, changing keys, closing the collection."""

import csv
import io
import tempfile
import zipfile
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.handover import (
    Acknowledgement,
    Received,
    acknowledge,
    fetch,
    open_handover,
    pending,
)
from portal.transfers import read_signing_key, read_verify_key, unseal
from pseudonymisation.__main__ import make_first_ring
from pseudonymisation.ceremonies import NotAKeeper, confirm, make_key, propose
from pseudonymisation.key_stores import load_ring
from pseudonymisation.models import Ceremony
from submissions.certificates import is_genuine
from submissions.closing import NotOver, close_collection
from submissions.erasure import StillMoving, erase_person
from submissions.models import DeletionCertificate, StoredFile, Submission
from submissions.retention import apply_retention, ends_at
from submissions.rotating import NoAnswer, OriginalsGone, Rotated, rotate
from submissions.shredding import shred
from submissions.states import State

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def transferred(send, day, work, answer, settings, tmp_path):
    """A day that stands on the national side."""
    settings.PSEUDONYM_KEYS_URL = (tmp_path / "pseudonym-keys.json").as_uri()
    make_first_ring(settings.PSEUDONYM_KEYS_URL)
    reference = send(day()).json()["reference"]
    work()
    answer()
    return Submission.objects.get(reference=reference)


@pytest.fixture
def two(somebody):
    return {"first": somebody("administrator"), "second": somebody("administrator")}


@pytest.fixture
def waiting(settings):
    """The transfers that wait in the hand-over store, opened: kind, epoch, slot, patients."""

    def opened():
        shelf, key = (
            open_handover(settings.HANDOVER_URL),
            read_verify_key(Path(settings.AGEM_VERIFY_KEY_FILE)),
        )
        found = []
        with tempfile.TemporaryDirectory() as folder:
            for name in pending(shelf):
                transfer = unseal(fetch(shelf, name, Path(folder)), key)
                people = list(transfer.frames("CYP001MPI"))
                rows = pl.concat(people)["LocalPatient_Pseudo"].to_list() if people else []
                found.append((transfer.origin, rows))
        return found

    return opened


def somebody_in(data: bytes) -> tuple[str, int]:
    """The NHS number of a person of the day, and how many persons there are."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        text = package.read("CYP001MPI.csv").decode()
    people = list(csv.DictReader(io.StringIO(text)))
    return next(one["NHSNumber"] for one in people if one["NHSNumber"]), len(people)


def test_files_are_shredded_when_their_time_is_over(transferred, settings):
    assert apply_retention() == 0
    end = ends_at(transferred)
    assert end > timezone.now() + timedelta(days=80)

    assert apply_retention(end + timedelta(seconds=1)) == 1
    assert apply_retention(end + timedelta(seconds=1)) == 0

    kept = StoredFile.objects.filter(kind=StoredFile.Kind.SENT)
    assert kept
    assert not any(file.wrapped_key for file in kept)
    assert all(file.shredded_at for file in kept)


def test_a_deletion_is_certified_and_the_certificate_cannot_be_altered(transferred, settings):
    shred(transferred, by="test", because="a test")
    certificate = DeletionCertificate.objects.get()
    key = read_signing_key(Path(settings.SIGNING_KEY_FILE)).public_key()

    assert transferred.reference in certificate.statement
    assert is_genuine(certificate, key)
    certificate.statement = certificate.statement.replace("a test", "a tale")
    assert not is_genuine(certificate, key)


def test_a_command_tells_whether_every_certificate_holds(transferred, capsys):
    shred(transferred, by="test", because="a test")
    call_command("check_certificates")
    assert capsys.readouterr().out.strip().endswith("All 1 certificates hold.")
    certificate = DeletionCertificate.objects.get()
    certificate.statement += " "
    certificate.save()

    with pytest.raises(CommandError, match="1 of 1"):
        call_command("check_certificates")


def test_a_person_is_erased_on_both_sides(transferred, day, two, waiting, answer):
    number, _ = somebody_in(day())
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}"

    assert erase_person(spaced.replace(" ", ""), **two, because="asked").restated == 1

    (erasure, _), (origin, people) = sorted(waiting(), key=lambda one: one[0].kind)
    assert (erasure.kind, origin.kind, origin.slot_version) == ("erasure", "records", 2)
    before = transferred.tables.get(table="CYP001MPI").accepted
    assert len(people) == before - 1
    answer()
    transferred.refresh_from_db()
    assert transferred.state == State.TRANSFERRED
    assert StoredFile.objects.get(kind=StoredFile.Kind.SENT).wrapped_key is None
    assert erase_person(number, **two, because="asked").held == 0


def test_a_stranger_is_not_found_and_nothing_is_shredded(transferred, two):
    assert erase_person("9434765919", **two, because="asked").held == 0
    assert StoredFile.objects.get(kind=StoredFile.Kind.SENT).wrapped_key


def test_nobody_is_erased_by_one_person_or_while_something_moves(transferred, two, somebody):
    with pytest.raises(NotAKeeper):
        erase_person("9434765919", first=two["first"], second=two["first"], because="asked")
    with pytest.raises(NotAKeeper):
        erase_person("9434765919", first=two["first"], second=somebody("auditor"), because="x")
    Submission.objects.update(state=State.TRANSFERRING)
    with pytest.raises(StillMoving):
        erase_person("9434765919", **two, because="asked")


def test_a_new_key_sends_everything_again_and_then_the_word_to_switch(transferred, two, waiting):
    make_key(two["first"])
    propose(Ceremony.Act.ACTIVATE, 2, by=two["first"], because="yearly")
    confirm(Ceremony.Act.ACTIVATE, 2, by=two["second"])

    assert list(rotate(by=two["first"])) == [Rotated("Z9A", sent=1)]

    kinds = {origin.kind.value: origin.key_epoch for origin, _ in waiting()}
    assert kinds == {"records": 2, "rotation": 2}


def test_what_was_shredded_cannot_be_hashed_again(transferred, two):
    shred(transferred, by="test", because="a test")

    with pytest.raises(OriginalsGone, match=transferred.reference):
        list(rotate(by=two["first"]))


@pytest.fixture
def wrapping_key(two):
    """The active key is a new one that wraps the one before."""
    make_key(two["first"], wrap=True)
    propose(Ceremony.Act.ACTIVATE, 2, by=two["first"], because="yearly")
    confirm(Ceremony.Act.ACTIVATE, 2, by=two["second"])


def test_what_was_shredded_is_wrapped_where_it_is_held(
    transferred, wrapping_key, two, waiting, settings, monkeypatch, tmp_path
):
    shred(transferred, by="test", because="a test")

    def national_side(_):
        ((origin, _),) = waiting()
        facts = {"submission": origin.submission, "provider": origin.provider, "slot_version": 0}
        said = Acknowledgement(
            **facts,
            transfer=origin.transfer,
            outcome=Received.ASKED,
            code="",
            rows=0,
            at=timezone.now(),
            asked={"person": ["00" * 16, "ff" * 16]},
        )
        key = read_signing_key(Path(settings.ACKNOWLEDGEMENT_KEY_FILE))
        acknowledge(open_handover(settings.HANDOVER_URL), said, key, tmp_path / "said")

    monkeypatch.setattr("submissions.rotating.time.sleep", national_side)

    assert list(rotate(by=two["first"])) == [Rotated("Z9A", renamed=2)]

    ((word, _),) = waiting()
    assert (word.kind.value, word.key_epoch) == ("rotation", 2)


def test_the_other_side_may_be_silent(transferred, wrapping_key, two):
    shred(transferred, by="test", because="a test")

    with pytest.raises(NoAnswer):
        list(rotate(by=two["first"], patience=timedelta(seconds=-1)))


def test_the_collection_closes_after_its_end_and_not_before(
    transferred, two, work, answer, settings
):
    with pytest.raises(NotOver):
        close_collection(**two, today=date(2024, 5, 31))

    assert not close_collection(**two, today=date(2024, 6, 1))
    work()
    assert answer() == ["withdrawal"]
    assert close_collection(**two, today=date(2024, 6, 1))

    assert not StoredFile.objects.exclude(wrapped_key=None).filter(kind="sent").exists()
    assert {key.root for key in load_ring(settings.PSEUDONYM_KEYS_URL).keys} == {None}


def test_the_commands_ask_both_people(transferred, two, monkeypatch, capsys):
    monkeypatch.setattr("pseudonymisation.management.keepers.getpass", lambda _: "correct horse")
    monkeypatch.setattr(
        "submissions.management.commands.erase_person.getpass", lambda _: "943 476 5919"
    )
    names = ["--as", two["first"].email, "--and", two["second"].email]

    call_command("erase_person", *names, "--because", "asked")
    call_command("apply_retention")
    with pytest.raises(CommandError, match="second person"):
        call_command("close_collection", *names[:2], "--and", two["first"].email)

    assert "0 held the person" in capsys.readouterr().out
