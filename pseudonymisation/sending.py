"""Treat, seal and hand over one submission's records; what looks like an identifier stops it."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from portal.handover import deposit, open_handover
from portal.specification import DataSet, ItemType, load_data_set
from portal.transfers import (
    PART_ROWS,
    BrokenSeal,
    Origin,
    Part,
    TransferKind,
    read_signing_key,
    seal,
    write_part,
)
from portal.tripwire import CODES
from pseudonymisation.ancestors import Ancestors
from pseudonymisation.key_stores import load_ring
from pseudonymisation.keys import KeySet
from pseudonymisation.pseudonyms import canonical, pseudonyms
from pseudonymisation.references import References, load_references
from pseudonymisation.rewrapping import new_names
from pseudonymisation.treatments import Surroundings, pseudonymise

Tables = Iterable[tuple[str, Iterable[pl.DataFrame]]]
ANSWERS = frozenset({*CODES, "DIRECT_IDENTIFIER", "COLUMNS", "TYPES"})


class LeakFound(Exception):
    """What was about to leave holds what must not. It tells where and how many, never what."""

    def __init__(self, code: str, table: str, column: str, count: int) -> None:
        super().__init__(f"{code} {table}.{column} {count}")
        self.code, self.table, self.column, self.count = code, table, column, count


@dataclass(frozen=True)
class Sending:
    """What one hand-over needs. Keys are named by where they are, so that this may be passed on.

    `header` is the row of the submission's header; `work` an empty folder of this run alone.
    """

    origin: Origin
    header: Mapping[str, str | None]
    report: bytes | None
    work: Path
    keys_url: str
    signing_key: Path
    handover_url: str
    witnessed: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """What was handed over."""

    transfer: uuid.UUID
    rows: Mapping[str, int]
    key_epoch: int


def send(sending: Sending, tables: Tables, references: References | None = None) -> Sent:
    """Pseudonymise the tables (parents first, accepted rows only), seal and hand them over.

    Raises LeakFound, KeyFault or BrokenSeal; then nothing has been handed over.
    """
    origin = sending.origin
    keys = load_ring(sending.keys_url, sending.witnessed).key_set(origin.key_epoch)
    data_set = load_data_set(origin.data_set, origin.version)
    around = Surroundings(data_set, sending.header, references or load_references())
    if around.provider != origin.provider:
        raise BrokenSeal("PROVIDER")
    folder = _folder(sending)
    try:
        parts = tuple(_parts(folder, tables, keys, around))
        return _hand_over(sending, folder, parts)
    except BrokenSeal as broken:
        if broken.code in ANSWERS:
            raise LeakFound(broken.code, broken.table, broken.column, broken.count) from None
        raise


def send_report(sending: Sending) -> Sent:
    """Hand over the data quality report of a submission that was rejected."""
    return _hand_over(_of_kind(sending, TransferKind.REPORT), _folder(sending), ())


def send_withdrawal(sending: Sending) -> Sent:
    """Tell the other side that the records of a submission's period are withdrawn."""
    withdrawal = replace(_of_kind(sending, TransferKind.WITHDRAWAL), report=None)
    return _hand_over(withdrawal, _folder(withdrawal), ())


def send_rotation(sending: Sending, transfers: Iterable[uuid.UUID]) -> Sent:
    """Tell the other side that the listed transfers hold the provider's records from now on."""
    listed = json.dumps({"transfers": [str(one) for one in transfers]}).encode()
    rotation = replace(_of_kind(sending, TransferKind.ROTATION), report=listed)
    return _hand_over(rotation, _folder(rotation), ())


def send_question(sending: Sending) -> Sent:
    """Ask the other side which pseudonyms a provider's records hold, to have them wrapped."""
    asked = replace(_of_kind(sending, TransferKind.ROTATION), report=b'{"wraps": true}')
    return _hand_over(asked, _folder(asked), ())


def send_new_names(sending: Sending, asked: Mapping[str, Sequence[str]]) -> Sent:
    """Tell the other side what the pseudonyms it holds are called from now on, by domain.

    Raises KeyFault NOT_WRAPPING where the key wraps no earlier one.
    """
    keys = load_ring(sending.keys_url, sending.witnessed).key_set(sending.origin.key_epoch)
    told = json.dumps({"wraps": True, "renamed": new_names(asked, keys)}).encode()
    rotation = replace(_of_kind(sending, TransferKind.ROTATION), report=told)
    return _hand_over(rotation, _folder(rotation), ())


def send_erasure(sending: Sending, number: str) -> Sent:
    """Tell the other side which pseudonyms an NHS number has, so that it erases the person."""
    listed = json.dumps({"persons": sorted(_pseudonyms_of(number, sending))}).encode()
    erasure = replace(_of_kind(sending, TransferKind.ERASURE), report=listed)
    return _hand_over(erasure, _folder(erasure), ())


def _pseudonyms_of(number: str, sending: Sending) -> Iterator[str]:
    """The pseudonyms of a number in every domain that NHS numbers are hashed in."""
    origin = sending.origin
    keys = load_ring(sending.keys_url, sending.witnessed).key_set(origin.key_epoch)
    told = pl.DataFrame({"number": [number]}).select(
        canonical(pl.col("number"), ItemType.NHS_NUMBER)
    )
    for table in load_data_set(origin.data_set, origin.version).order:
        for item in table.items_of(ItemType.NHS_NUMBER):
            made = pseudonyms(told["number"], str(item.treatment.domain), keys)
            yield from (one.hex() for one in made.drop_nulls())


def _of_kind(sending: Sending, kind: TransferKind) -> Sending:
    return replace(sending, origin=replace(sending.origin, kind=kind))


def _folder(sending: Sending) -> Path:
    folder = sending.work / str(sending.origin.transfer)
    folder.mkdir(parents=True)
    return folder


def _hand_over(sending: Sending, folder: Path, parts: tuple[Part, ...]) -> Sent:
    key = read_signing_key(sending.signing_key)
    seal(folder, sending.origin, parts, sending.report, key)
    deposit(open_handover(sending.handover_url), folder)
    rows: dict[str, int] = {}
    for part in parts:
        rows[part.table] = rows.get(part.table, 0) + part.rows
    return Sent(sending.origin.transfer, rows, sending.origin.key_epoch)


def _parts(folder: Path, tables: Tables, keys: KeySet, around: Surroundings) -> Iterator[Part]:
    ancestors = Ancestors(around.data_set)
    for name, frames in tables:
        table = around.data_set.tables[name]
        for number, frame in enumerate(gather(frames, PART_ROWS), start=1):
            beside = ancestors.beside(frame, table)
            treated = pseudonymise(beside, table, keys, around)
            ancestors.remember(beside, treated, table)
            yield write_part(folder, table, number, treated)


def gather(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """The same rows in frames of the given number of rows, the last with what is left."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        while sum(one.height for one in held) >= rows:
            whole = pl.concat(held)
            yield whole.head(rows)
            held = [whole.slice(rows)]
    if sum(one.height for one in held):
        yield pl.concat(held)


def tables_in_order(data_set: DataSet, names: Iterable[str]) -> tuple[str, ...]:
    """The names in the order to send them in: parents before their children."""
    given = frozenset(names)
    return tuple(table.name for table in data_set.order if table.name in given)
