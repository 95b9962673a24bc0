import hashlib
import hmac
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.specification import ItemType
from pseudonymisation.keys import Key, KeyRing, KeyState, Secret, check_value
from pseudonymisation.pseudonyms import (
    agrees,
    backend,
    canonical,
    hash_plainly,
    message,
    pseudonyms,
)

VECTORS = json.loads(Path("docs/reference/pseudonym-vectors.json").read_text(encoding="utf-8"))
TEXTS = st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8"))), max_size=20)


def ring_of(roots: dict[int, bytes], *, wraps: bool = False) -> KeyRing:
    keys = [
        Key(
            epoch,
            KeyState.ACTIVE if epoch == max(roots) else KeyState.RETIRED,
            check_value(Secret(root), VECTORS["collection"], VECTORS["purpose"], epoch),
            "2024-03-01",
            Secret(root),
            epoch - 1 if wraps and epoch > 1 else None,
        )
        for epoch, root in roots.items()
    ]
    return KeyRing(VECTORS["collection"], VECTORS["purpose"], tuple(keys))


ROOTS = {int(epoch): bytes.fromhex(root) for epoch, root in VECTORS["roots"].items()}


def pseudonym(text, domain="person", ring=None, epoch=1):
    keys = (ring or ring_of(ROOTS)).key_set(epoch)
    return pseudonyms(pl.Series([text], dtype=pl.String), domain, keys).to_list()[0]


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda one: one["about"])
def test_the_published_vectors_hold(vector):
    ring = ring_of(ROOTS, wraps=vector.get("wrapped", False))
    kinds = [ItemType(kind) for kind in vector["types"]]
    frame = pl.DataFrame({str(n): [value] for n, value in enumerate(vector["values"])})
    parts = [canonical(pl.col(str(n)), kind) for n, kind in enumerate(kinds)]
    if vector["provider"]:
        parts.insert(0, pl.lit(vector["provider"]))

    hashed = frame.select(message(parts).alias("message"))["message"]
    result = pseudonyms(hashed, vector["domain"], ring.key_set(vector["epoch"])).to_list()[0]

    assert hashed.to_list()[0] == vector["message"]
    assert result == (vector["pseudonym"] and bytes.fromhex(vector["pseudonym"]))


def test_the_vectors_hold_by_the_standard_library_alone():
    for vector in VECTORS["vectors"]:
        if vector["pseudonym"] and not vector.get("wrapped"):
            digest = hmac.new(vector["subkey"].encode(), vector["message"].encode(), "sha256")
            assert digest.hexdigest()[:32] == vector["pseudonym"]


@given(TEXTS, st.binary(min_size=32, max_size=32))
def test_both_ways_to_hash_agree_on_every_value(texts, key):
    values = pl.Series("v", texts, dtype=pl.String)

    fast, plain = backend()(values, key.hex()), hash_plainly(values, key.hex())

    assert fast.to_list() == plain.to_list()
    assert plain.to_list() == [
        None if text is None else hmac.new(key.hex().encode(), text.encode(), "sha256").hexdigest()
        for text in texts
    ]


def test_the_fast_way_is_used_and_a_wrong_one_is_not():
    assert backend() is not hash_plainly
    assert not agrees(lambda values, _key: values)
    assert not agrees(
        lambda values, _key: pl.Series([hashlib.sha256(b"").hexdigest() for _ in values])
    )


def test_without_the_fast_way_the_standard_library_serves(monkeypatch):
    expected = pseudonym("9434765919")
    monkeypatch.setattr("pseudonymisation.pseudonyms.backend", lambda: hash_plainly)

    assert pseudonym("9434765919") == expected


def test_domains_epochs_and_roots_are_separate():
    other = ring_of({1: b"\x09" * 32, 2: b"\x0a" * 32})
    made = {
        pseudonym("9434765919"),
        pseudonym("9434765919", "local_patient"),
        pseudonym("9434765919", epoch=2),
        pseudonym("9434765919", ring=other),
    }

    assert len(made) == 4


@given(st.lists(st.text(min_size=1), min_size=2, max_size=30, unique=True))
def test_no_two_values_meet_and_none_survives(texts):
    plain = [text for text in texts if text.isascii()]
    keys = ring_of(ROOTS).key_set(1)

    made = pseudonyms(pl.Series(plain, dtype=pl.String), "person", keys).to_list()

    assert len(set(made)) == len(plain)
    assert all(len(one) == 16 for one in made)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("nhs_number", "9434765919", "9434765919"),
        ("nhs_number", "943 476 5919", "9434765919"),
        ("nhs_number", "943-476-5919", "9434765919"),
        ("nhs_number", "9434765918", None),
        ("nhs_number", "0000000000", None),
        ("nhs_number", "943476591", None),
        ("nhs_number", "", None),
        ("nhs_number", None, None),
        ("string", " P1 ", "P1"),
        ("string", "p1", "p1"),
        ("string", "  ", None),
        ("org_code", " z9a ", "Z9A"),
    ],
)
def test_a_value_has_one_canonical_form(kind, value, expected):
    frame = pl.DataFrame({"v": [value]}, schema={"v": pl.String})

    assert frame.select(canonical(pl.col("v"), ItemType(kind)))["v"].to_list() == [expected]


def test_text_that_looks_the_same_is_the_same():
    assert pseudonym("Zo\u00eb") == pseudonym("Zoe\u0308")


def test_a_failing_hash_tells_neither_key_nor_value(monkeypatch):
    def fail(values, key):
        raise pl.exceptions.ComputeError(f"{key} {values.to_list()}")

    monkeypatch.setattr("pseudonymisation.pseudonyms.backend", lambda: fail)
    with pytest.raises(Exception, match="HASHING_FAILED") as caught:
        pseudonym("9434765919")

    assert "9434765919" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_values_that_repeat_have_the_same_pseudonyms_as_alone():
    keys = ring_of(ROOTS).key_set(1)
    values = ["A", None, "B", "C"] * 1000
    alone = {
        value: pseudonyms(pl.Series([value], dtype=pl.String), "team", keys).to_list()[0]
        for value in set(values)
    }

    together = pseudonyms(pl.Series(values, dtype=pl.String), "team", keys)

    assert together.to_list() == [alone[value] for value in values]
