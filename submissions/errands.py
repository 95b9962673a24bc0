"""Heavy work in a process of its own: judge a submission, or send it.

The order for the work comes as JSON on the standard input of `python -m submissions.errands`, the
answer goes as JSON to the standard output. No database and no framework is known here. An error is
told by its type and the lines it came through, never by its message, which might hold a value.
"""

import io
import json
import resource
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.lifeline import tie_unless_orphan
from portal.quality_reports import QualityReport
from portal.specification import DataSet, Table, load_data_set
from portal.transfers import Origin, TransferKind
from pseudonymisation import sending
from pseudonymisation.references import References, load_references, loaded_references
from pseudonymisation.sending import Sending
from submissions import validation
from submissions.contents import contents
from submissions.erasing import without_person
from submissions.packages import by_table
from submissions.reading import frames
from submissions.rules.scene import Periods
from submissions.sources import Source
from submissions.store import Store, Stored, keep, open_store, read_whole
from submissions.watching import write_progress

Order = Mapping[str, Any]
Answer = dict[str, Any]
Mask = npt.NDArray[np.bool_]
CHUNK = 1024 * 1024


def judge(order: Order) -> Answer:
    """Judge a submission, and keep its report, its findings and its masks in the store."""
    store, data_set = _store(order), _data_set(order)
    sources, _ = by_table(_contents(order), data_set)
    with tempfile.TemporaryDirectory() as folder:
        watch = write_progress(Path(order["progress"]))
        context = _context(order, store)
        verdict = validation.judge(sources, data_set, context, findings=Path(folder), watch=watch)
        findings = [
            (path.name, _keep(order, store, f"findings-{path.name}", path.read_bytes()))
            for path in (*verdict.findings.values(), *verdict.rows.values())
        ]
    report = verdict.report
    return {
        "outcome": str(verdict.outcome),
        "period": [day.isoformat() if day else None for day in verdict.period],
        "tables": [asdict(counts) for counts in report.tables],
        "counts": verdict.counts.to_dicts(),
        "score": report.score,
        "scores": [(item.table, item.item, item.score) for item in report.items if item.scored],
        "records": report.records,
        "report": _keep(order, store, "report", report.to_json().encode()),
        "masks": _keep(order, store, "masks", _pack(verdict.accepted)),
        "findings": findings,
    }


def send(order: Order) -> Answer:
    """Pseudonymise the accepted records, seal them and put them into the hand-over store."""
    data_set = _data_set(order)
    with tempfile.TemporaryDirectory() as folder:
        asked = _sending(order, Path(folder))
        kind = asked.origin.kind
        if kind == "records":
            sources, tables = _accepted(order, data_set)
            header = _header(sources, data_set)
            sent = sending.send(replace(asked, header=header), tables, load_references())
            return {"transfer": str(sent.transfer), "rows": dict(sent.rows)}
        (sending.send_report if kind == "report" else sending.send_withdrawal)(asked)
    return {"transfer": str(asked.origin.transfer), "rows": {}}


def erase(order: Order) -> Answer:
    """Take one person out of the accepted records, and keep the masks without that person."""
    data_set = _data_set(order)
    sources, _ = by_table(_contents(order), data_set)
    masks = _unpack(_read(order, order["masks"]))
    tables = (
        (table, (frame for frame, _ in frames(sources[table.name], table, data_set.limits)))
        for table in data_set.order
        if table.name in sources
    )
    erased = without_person(tables, masks, order["number"])
    kept = _keep(order, _store(order), "masks", _pack(erased.masks)) if erased.found else None
    return {"found": erased.found, "records": erased.records, "masks": kept}


ERRANDS: Mapping[str, Callable[[Order], Answer]] = {
    "judge": judge,
    "send": send,
    "erase": erase,
}


def _sending(order: Order, work: Path) -> Sending:
    """What the pseudonymisation room needs to send."""
    said = order["origin"]
    origin = Origin(
        transfer=UUID(said["transfer"]),
        kind=TransferKind(said["kind"]),
        submission=UUID(said["submission"]),
        reference=said["reference"],
        provider=said["provider"],
        period_start=date.fromisoformat(said["period_start"]),
        period_end=date.fromisoformat(said["period_end"]),
        data_set=said["data_set"],
        version=said["version"],
        slot_version=said["slot_version"],
        key_epoch=said["key_epoch"],
        received_at=datetime.fromisoformat(said["received_at"]),
        outcome=said["outcome"],
    )
    report = order.get("report")
    return Sending(
        origin=origin,
        header={},
        report=_read(order, report) if report else None,
        work=work,
        keys_url=order["keys_url"],
        signing_key=Path(order["signing_key"]),
        handover_url=order["handover_url"],
        witnessed={int(epoch): value for epoch, value in order["witnessed"].items()},
    )


def _accepted(
    order: Order, data_set: DataSet
) -> tuple[Mapping[str, Source], Iterator[tuple[str, Iterator[pl.DataFrame]]]]:
    """The accepted records of every table, parents first, as frames."""
    sources, _ = by_table(_contents(order), data_set)
    masks = _unpack(_read(order, order["masks"]))
    present = [table for table in data_set.order if table.name in sources]
    return sources, (
        (table.name, _frames(sources[table.name], table, data_set, masks[table.name]))
        for table in present
    )


def _frames(source: Source, table: Table, data_set: DataSet, mask: Mask) -> Iterator[pl.DataFrame]:
    """The accepted records of one table. The masks and the file must be of one length."""
    done = 0
    for frame, _ in frames(source, table, data_set.limits):
        yield frame.filter(mask[done : done + frame.height])
        done += frame.height
    if done != len(mask):
        raise AssertionError("A file has another number of records than when it was judged.")


def _header(sources: Mapping[str, Source], data_set: DataSet) -> Mapping[str, Any]:
    """The header's record."""
    table = data_set.header
    frame, _ = next(frames(sources[table.name], table, data_set.limits))
    return frame.row(0, named=True)


def _context(order: Order, store: Store) -> validation.Context:
    """What a submission is held against beside the specification."""
    previous = order.get("previous")
    loaded = loaded_references()
    open_when = _open_when(loaded) if loaded else None
    return validation.Context(
        provider=order["provider"],
        authorised_providers=frozenset(order["authorised"]),
        submitter=order["submitter"],
        received_at=datetime.fromisoformat(order["received_at"]),
        versions_in_force=frozenset(order["versions_in_force"]),
        organisations=open_when,
        sites=open_when,
        postcodes=loaded.postcodes["postcode"] if loaded else None,
        assessments=loaded.assessments if loaded else None,
        production=order["production"],
        previous=QualityReport.from_json(read_whole(store, _stored(previous)))
        if previous
        else None,
    )


def _open_when(loaded: References) -> Periods:
    """When each organisation opened and closed; a site is one of them."""
    rows = loaded.organisations.select("code", "open_from", "open_to").iter_rows()
    return {code: (opened, closed) for code, opened, closed in rows}


def _pack(masks: Mapping[str, Mask]) -> bytes:
    """The masks of all tables, one bit a record."""
    held = io.BytesIO()
    arrays: dict[str, Any] = {table: np.packbits(mask) for table, mask in masks.items()}
    arrays |= {f"{table}.length": np.array(len(mask)) for table, mask in masks.items()}
    np.savez(held, **arrays)
    return held.getvalue()


def _unpack(data: bytes) -> Mapping[str, Mask]:
    """The masks of all tables."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        return {
            name: np.unpackbits(held[name], count=int(held[f"{name}.length"])).astype(bool)
            for name in held.files
            if not name.endswith(".length")
        }


def _store(order: Order) -> Store:
    """The store the order names."""
    return open_store(order["store_url"], order["store_key_file"])


def _data_set(order: Order) -> DataSet:
    """The specification the order names."""
    return load_data_set(order["data_set"], order["version"])


def _contents(order: Order) -> tuple[Source, ...]:
    """The files the order names, unpacked."""
    files = [(name, _stored(said)) for name, said in order["files"]]
    return contents(_store(order), files, order["data_set"])


def _stored(said: Order) -> Stored:
    """A stored file as the order describes it."""
    return Stored(**{**said, "wrapped_key": bytes.fromhex(said["wrapped_key"])})


def _read(order: Order, said: Order) -> bytes:
    """The bytes of a small stored file."""
    return read_whole(_store(order), _stored(said))


def _keep(order: Order, store: Store, name: str, data: bytes) -> Answer:
    """Keep bytes in the store and describe them."""
    chunks = (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))
    stored = keep(store, f"{order['place']}-{name}", order["associated"], chunks)
    return {**asdict(stored), "wrapped_key": stored.wrapped_key.hex()}


def describe(fault: BaseException) -> Answer:
    """A fault by its type, its code if it has one, and the lines it came through."""
    frames = traceback.extract_tb(fault.__traceback__)
    return {
        "fault": type(fault).__name__,
        "code": str(getattr(fault, "code", "")),
        "through": [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames][-8:],
    }


def main() -> None:
    """Do one errand within its bounds and answer."""
    order = json.load(sys.stdin)
    tie_unless_orphan(order["parent"])
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = ERRANDS[sys.argv[1]](order)
    except BaseException as fault:  # noqa: BLE001 - whatever it is, it is told without its message
        answer = describe(fault)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
