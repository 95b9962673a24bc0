"""Whatever was stored comes back whole or not at all."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from submissions.places import Folder, open_place
from submissions.store import (
    FRAME,
    SEALED_FRAME,
    BrokenFile,
    Store,
    associate,
    keep,
    open_for_reading,
    open_for_writing,
    read_whole,
)

BOUND = associate("submission", "Z9A")


@pytest.fixture
def store(tmp_path):
    return Store(Folder(tmp_path), bytes(range(32)))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 7])
@pytest.mark.parametrize("step", [100_003, FRAME, 3 * FRAME])
def test_a_file_comes_back_as_it_went_in(store, size, step):
    data = os.urandom(size)

    chunks = (data[start : start + step] for start in range(0, size, step))
    stored = keep(store, "a/b", BOUND, chunks)

    assert read_whole(store, stored) == data
    assert stored.size == size


def test_no_plaintext_is_on_the_disk(store, tmp_path):
    stored = keep(store, "a/b", BOUND, [b"9434765919" * 200_000])

    assert b"9434765919" not in (tmp_path / stored.name).read_bytes()
    assert (tmp_path / stored.name).stat().st_mode & 0o077 == 0


def test_a_file_can_be_read_from_any_place(store):
    data = os.urandom(3 * FRAME + 5)
    stored = keep(store, "a/b", BOUND, [data])

    with open_for_reading(store, stored) as stream:
        stream.seek(2 * FRAME - 3)
        assert stream.read(10) == data[2 * FRAME - 3 : 2 * FRAME + 7]
        stream.seek(-4, os.SEEK_END)
        assert stream.read() == data[-4:]


def damage(path: Path, change) -> None:
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:SEALED_FRAME],
        lambda sealed: sealed[SEALED_FRAME:],
        lambda sealed: sealed[SEALED_FRAME : 2 * SEALED_FRAME] + sealed[:SEALED_FRAME],
        lambda sealed: sealed + sealed[-100:],
        lambda _: b"",
    ],
)
def test_a_file_cut_or_put_together_differently_is_broken(store, tmp_path, change):
    stored = keep(store, "a/b", BOUND, [os.urandom(2 * FRAME + 9)])
    damage(tmp_path / stored.name, change)

    with pytest.raises(BrokenFile):
        read_whole(store, stored)


@given(place=st.integers(0, 2999), bit=st.integers(0, 7))
def test_a_single_changed_bit_breaks_a_file(tmp_path_factory, place, bit):
    folder = tmp_path_factory.mktemp("store")
    store = Store(Folder(folder), bytes(32))
    stored = keep(store, "f", BOUND, [bytes(3000)])
    flip = bytearray((folder / "f").read_bytes())
    flip[place] ^= 1 << bit
    (folder / "f").write_bytes(flip)

    with pytest.raises(BrokenFile):
        read_whole(store, stored)


@pytest.mark.parametrize("other", [associate("submission", "Z9B"), associate("another", "Z9A")])
def test_a_file_of_another_submission_or_provider_cannot_be_read(store, other):
    stored = keep(store, "a/b", BOUND, [b"data"])

    with pytest.raises(BrokenFile):
        read_whole(store, replace(stored, associated=other))


@pytest.mark.parametrize("key", [b"", bytes(40)])
def test_a_file_whose_key_is_gone_is_noise(store, key):
    stored = keep(store, "a/b", BOUND, [b"data"])

    with pytest.raises(BrokenFile):
        read_whole(store, replace(stored, wrapped_key=key))


def test_a_file_not_finished_leaves_nothing(store, tmp_path):
    writer = open_for_writing(store, "a/b", BOUND)
    writer.write(b"data")
    writer.drop()

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def bucket(monkeypatch):
    """A bucket of a server that speaks S3."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    with mock_aws():
        place = open_place("s3://files/identifiable")
        place.client.create_bucket(
            Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"}
        )
        yield Store(place, bytes(32))


def test_a_bucket_keeps_files_as_a_folder_does(bucket):
    data = os.urandom(9 * FRAME + 3)

    stored = keep(bucket, "one/file", BOUND, [data])

    assert read_whole(bucket, stored) == data
    bucket.place.clear("one")
    with pytest.raises(FileNotFoundError):
        read_whole(bucket, stored)


def test_an_upload_to_a_bucket_that_is_dropped_cannot_be_seen(bucket):
    writer = open_for_writing(bucket, "one/file", BOUND)
    writer.write(bytes(9 * FRAME))
    writer.drop()

    with pytest.raises(FileNotFoundError):
        bucket.place.size("one/file")
