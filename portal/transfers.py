"""What passes between the instances: a signed folder of Parquet that holds no column too many."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portal.manifests import (
    MANIFEST,
    REPORT,
    SIGNATURE,
    BrokenSeal,
    Manifest,
    Origin,
    Part,
    TransferKind,
    manifest_from_bytes,
    manifest_to_bytes,
    read_signing_key,
    read_verify_key,
    signed_text,
    transfer_id,
)
from portal.specification import (
    DataSet,
    Identifier,
    Method,
    SentType,
    SpecificationError,
    Table,
    load_data_set,
)
from portal.tripwire import inspect, inspect_report

__all__ = [
    "DTYPES",
    "BrokenSeal",
    "Manifest",
    "Origin",
    "Part",
    "Transfer",
    "TransferKind",
    "check_frame",
    "read_signing_key",
    "read_verify_key",
    "seal",
    "transfer_id",
    "unseal",
    "write_part",
]

PART_ROWS = 250_000
PSEUDONYM_BYTES = 16
DTYPES: Mapping[SentType, pl.DataType] = {
    SentType.UUID: pl.Binary(),
    SentType.TEXT: pl.String(),
    SentType.DATE: pl.Date(),
    SentType.TIME: pl.Time(),
    SentType.DATETIME: pl.Datetime("us"),
    SentType.INTEGER: pl.Int64(),
}


@dataclass(frozen=True)
class Transfer:
    """A transfer that was opened: everything in it has been checked."""

    folder: Path
    manifest: Manifest

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        return self.manifest.origin

    @property
    def report(self) -> bytes | None:
        """The data quality report as JSON, if one travels."""
        return (self.folder / REPORT).read_bytes() if self.manifest.report else None

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables with rows, in the order they were sealed: parents first."""
        return tuple(dict.fromkeys(part.table for part in self.manifest.parts))

    def rows(self, table: str) -> int:
        """How many rows of a table there are."""
        return sum(part.rows for part in self.manifest.parts if part.table == table)

    def parts(self, table: str) -> tuple[Path, ...]:
        """The Parquet files of a table."""
        return tuple(self.folder / one.file for one in self.manifest.parts if one.table == table)

    def frames(self, table: str) -> Iterator[pl.DataFrame]:
        """The rows of a table, at most PART_ROWS at a time; columns as the specification sends."""
        return (pl.read_parquet(path) for path in self.parts(table))


def write_part(folder: Path, table: Table, number: int, frame: pl.DataFrame) -> Part:
    """Write one part of a table, if it holds what the specification sends and nothing else.

    Raises BrokenSeal with COLUMNS, TYPES, DIRECT_IDENTIFIER or the name of what it found.
    """
    check_frame(frame, table)
    name = f"{table.name}.{number:04}.parquet"
    path = folder / name
    frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)
    return Part(table.name, name, frame.height, digest_of(path))


def seal(
    folder: Path,
    origin: Origin,
    parts: Sequence[Part],
    report: bytes | None,
    signing_key: Ed25519PrivateKey,
) -> Manifest:
    """Write the report, the manifest and its signature beside the parts. Raises BrokenSeal."""
    data_set = load_data_set(origin.data_set, origin.version)
    if report is not None:
        _check_report(report)
        (folder / REPORT).write_bytes(report)
    digest = None if report is None else hashlib.sha256(report).hexdigest()
    manifest = Manifest(origin, data_set.digest, tuple(parts), digest)
    text = manifest_to_bytes(manifest)
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).write_bytes(signing_key.sign(signed_text(text)))
    return manifest


def unseal(folder: Path, verify_key: Ed25519PublicKey) -> Transfer:
    """Open a transfer after checking every byte, column and cell of it.

    Raises BrokenSeal: UNSIGNED, SIGNATURE, MANIFEST, TRANSFER, FILES, DIGEST, SPECIFICATION,
    COLUMNS, TYPES, ROWS, PARQUET, DIRECT_IDENTIFIER or what the tripwire found.
    """
    manifest = _verified(folder, verify_key)
    if folder.name != str(manifest.origin.transfer):
        raise BrokenSeal("TRANSFER")
    data_set = _specification(manifest)
    _check_files(folder, manifest)
    for part in manifest.parts:
        _check_part(folder, part, data_set)
    transfer = Transfer(folder, manifest)
    if transfer.report is not None:
        _check_report(transfer.report)
    return transfer


def check_frame(frame: pl.DataFrame, table: Table) -> None:
    """Raise BrokenSeal unless the frame is what the specification sends and nothing more."""
    sent = {column.name: DTYPES[column.type] for column in table.sent_columns}
    if frame.columns != list(sent):
        raise BrokenSeal("COLUMNS", table.name)
    for name, dtype in sent.items():
        if frame.schema[name] != dtype:
            raise BrokenSeal("TYPES", table.name, name)
    _check_identifiers(frame, table)
    for hit in inspect(frame, table):
        raise BrokenSeal(hit.code, table.name, hit.column, hit.count)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verified(folder: Path, verify_key: Ed25519PublicKey) -> Manifest:
    try:
        text = (folder / MANIFEST).read_bytes()
        signature = (folder / SIGNATURE).read_bytes()
    except OSError:
        raise BrokenSeal("UNSIGNED") from None
    try:
        verify_key.verify(signature, signed_text(text))
    except InvalidSignature:
        raise BrokenSeal("SIGNATURE") from None
    return manifest_from_bytes(text)


def _specification(manifest: Manifest) -> DataSet:
    try:
        data_set = load_data_set(manifest.origin.data_set, manifest.origin.version)
    except SpecificationError:
        raise BrokenSeal("SPECIFICATION") from None
    if data_set.digest != manifest.specification:
        raise BrokenSeal("SPECIFICATION")
    return data_set


def _check_files(folder: Path, manifest: Manifest) -> None:
    """The folder holds the files the manifest names, each with its digest, and no other."""
    expected = {part.file: part.sha256 for part in manifest.parts}
    if manifest.report is not None:
        expected[REPORT] = manifest.report
    if {path.name for path in folder.iterdir()} != {*expected, MANIFEST, SIGNATURE}:
        raise BrokenSeal("FILES")
    for name, digest in expected.items():
        if digest_of(folder / name) != digest:
            raise BrokenSeal("DIGEST", name.partition(".")[0])


def _check_part(folder: Path, part: Part, data_set: DataSet) -> None:
    table = data_set.tables.get(part.table)
    if table is None:
        raise BrokenSeal("COLUMNS", part.table)
    try:
        frame = pl.read_parquet(folder / part.file)
    except (pl.exceptions.PolarsError, OSError):
        raise BrokenSeal("PARQUET", part.table) from None
    if frame.height != part.rows or part.rows > PART_ROWS:
        raise BrokenSeal("ROWS", part.table)
    check_frame(frame, table)


def _check_identifiers(frame: pl.DataFrame, table: Table) -> None:
    """No direct identifier leaves as it is, and a pseudonym is nothing but 16 bytes."""
    for item in table.items.values():
        if item.identifier is Identifier.DIRECT and item.treatment.method is Method.KEEP:
            raise BrokenSeal("DIRECT_IDENTIFIER", table.name, item.name)
    for column in table.sent_columns:
        if column.type is SentType.UUID and not _are_pseudonyms(frame[column.name]):
            raise BrokenSeal("TYPES", table.name, column.name)


def _check_report(report: bytes) -> None:
    for hit in inspect_report(report):
        raise BrokenSeal(hit.code, REPORT, "", hit.count)


def _are_pseudonyms(cells: pl.Series) -> bool:
    return bool((cells.drop_nulls().bin.size() == PSEUDONYM_BYTES).all())
