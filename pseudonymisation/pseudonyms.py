"""Pseudonyms: the first 128 bits of an HMAC-SHA256 of a canonical value; no framework, no I/O.

The key is used at once on a column and never becomes part of a plan that lives on.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.specification import ItemType
from portal.specification.deriving import nhs_number_is_valid
from pseudonymisation.keys import SEPARATOR, KeyFault, KeySet

HEX_DIGITS = 32
_GAPS = r"[\s\p{Pd}]"
_VECTORS = ("9434765919", "Z9A\x1fP0001", "Ünicode\x1f", "")
_TEST_KEY = "00" * 32
_BLOCK = 64
_SAMPLE = 1000
_log = logging.getLogger(__name__)
Backend = Callable[[pl.Series, str], pl.Series]


def canonical(value: pl.Expr, kind: ItemType) -> pl.Expr:
    """The one form of a value that is hashed, or null: what is missing or invalid has none.

    An NHS number is ten digits that pass modulus 11; an organisation code is in capitals;
    any other value is without blanks at its ends. Text is in Unicode's form C.
    """
    if kind is ItemType.NHS_NUMBER:
        digits = value.str.replace_all(_GAPS, "")
        return pl.when(nhs_number_is_valid(digits)).then(digits)
    text = value.str.strip_chars()
    if kind is ItemType.ORG_CODE:
        text = text.str.to_uppercase()
    return pl.when(text.str.len_bytes() > 0).then(text)


def message(parts: list[pl.Expr]) -> pl.Expr:
    """What is hashed: the parts in order with the unit separator between; null if one is."""
    return pl.concat_str(parts, separator=SEPARATOR)


def pseudonyms(messages: pl.Series, domain: str, keys: KeySet) -> pl.Series:
    """The pseudonyms of messages as 16 bytes each; null for null.

    Raises KeyFault, which holds neither key nor value, if hashing fails.
    """
    subkeys = keys.subkeys(domain)
    try:
        if not _repeat_themselves(messages):
            return layered(_in_form_c(messages), subkeys)
        distinct = messages.unique().drop_nulls()
        made = pl.DataFrame({"message": distinct, "made": layered(_in_form_c(distinct), subkeys)})
        asked = pl.DataFrame({"message": messages})
        return asked.join(made, on="message", how="left", maintain_order="left")["made"]
    except pl.exceptions.PolarsError:
        raise KeyFault("HASHING_FAILED") from None


def layered(hashed: pl.Series, subkeys: Sequence[str]) -> pl.Series:
    """Hash text once by each subkey in turn and return the last 128 bits made, as 16 bytes."""
    for key in subkeys:
        hashed = backend()(hashed, key).str.head(HEX_DIGITS)
    return as_bytes(hashed)


def _repeat_themselves(messages: pl.Series) -> bool:
    """Whether so few are distinct that finding them costs less than hashing every one."""
    sample = messages.gather_every(max(1, messages.len() // _SAMPLE))
    return sample.len() >= _SAMPLE and sample.n_unique() * 2 < sample.len()


def as_bytes(hashed: pl.Series) -> pl.Series:
    """32 hexadecimal digits as 16 bytes: three times as fast as `str.decode`, and equal to it."""
    absent = hashed.is_null()
    digits = hashed.fill_null("0" * HEX_DIGITS).cast(pl.Binary)
    pairs = digits.bin.reinterpret(dtype=pl.Array(pl.UInt8, HEX_DIGITS)).to_numpy()
    halves = _byte_of_pair()[np.ascontiguousarray(pairs).view(np.uint16)]
    packed = pl.Series(hashed.name, halves, dtype=pl.Array(pl.UInt8, HEX_DIGITS // 2))
    whole = packed.arr.to_list().cast(pl.Binary)
    return whole.set(absent, None) if absent.any() else whole


@cache
def _byte_of_pair() -> npt.NDArray[np.uint8]:
    """For two hexadecimal digits, read as one little-endian number, the byte they stand for."""
    table = np.zeros(1 << 16, np.uint8)
    for byte in range(256):
        table[int.from_bytes(f"{byte:02x}".encode(), "little")] = byte
    return table


@cache
def backend() -> Backend:
    """The fastest way to hash that agrees with the standard library on the test values."""
    try:
        fast = _import_fast()
        if agrees(fast):
            return fast
    except (ImportError, AttributeError, pl.exceptions.PolarsError):
        pass
    _log.warning("polars-hash is not usable: pseudonyms are made with the standard library")
    return hash_plainly


def agrees(candidate: Backend) -> bool:
    """Whether a way to hash equals the standard library's HMAC on values of every kind."""
    values = pl.Series("value", [*_VECTORS, None], dtype=pl.String)
    right = [hmac.digest(_TEST_KEY.encode(), value.encode(), "sha256").hex() for value in _VECTORS]
    return candidate(values, _TEST_KEY).to_list() == [*right, None]


def hash_plainly(values: pl.Series, key: str) -> pl.Series:
    """HMAC-SHA256 of each value in hexadecimal with the standard library; null for null.

    RFC 2104 with both pads hashed once; the key is never longer than a block.
    """
    padded = key.encode().ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def hashed(value: str) -> str:
        first, second = inner.copy(), outer.copy()
        first.update(value.encode())
        second.update(first.digest())
        return second.hexdigest()

    results = [None if value is None else hashed(value) for value in values.to_list()]
    return pl.Series(values.name, results, dtype=pl.String)


def _import_fast() -> Backend:
    import polars_hash  # noqa: PLC0415 - a plug-in whose absence has a fall-back

    def hash_fast(values: pl.Series, key: str) -> pl.Series:
        column = polars_hash.col("value").chash.hmac_sha256(key=key)
        return pl.DataFrame({"value": values}).select(column)["value"].rename(values.name)

    return hash_fast


def _in_form_c(messages: pl.Series) -> pl.Series:
    """Text in Unicode's form C; plain ASCII is in it already."""
    foreign = (messages.str.len_bytes() != messages.str.len_chars()).any()
    return messages.str.normalize("NFC") if foreign else messages
