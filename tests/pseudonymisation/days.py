"""A small day of made-up records, keys to treat it with, and a hand-over store of its own."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.handover import fetch, open_handover, pending
from portal.specification import load_data_set
from portal.transfers import Origin, Transfer, TransferKind, transfer_id, unseal
from pseudonymisation.sending import Sending, Sent, send

DATA_SET = load_data_set("community_pilot", "2.0")
SUBMISSION = uuid.UUID("00000000-0000-4000-8000-000000000001")
HEADER = {"Version": "2.0", "OrgID_Provider": "Z9A", "RP_StartDate": "2024-03-05"}
DAY: Mapping[str, list[dict[str, str]]] = {
    "CYP000Header": [{**HEADER, "RP_EndDate": "2024-03-05"}],
    "CYP001MPI": [
        {
            "LocalPatientID": "P1",
            "NHSNumber": "9434765919",
            "NHSNumber_Status": "01",
            "DateOfBirth": "1960-02-29",
            "Postcode": "ZY1 0AX",
            "EthnicCategory": "A",
            "DateOfDeath": "2024-03-04",
        },
        {"LocalPatientID": "P2", "NHSNumber": "9434765918", "NHSNumber_Status": "01"},
        {"LocalPatientID": "P3", "NHSNumber": "9434765919", "NHSNumber_Status": "07"},
    ],
    "CYP101Referral": [
        {
            "ServiceRequestID": "R1",
            "LocalPatientID": "P1",
            "ReferralRequest_ReceivedDate": "2024-02-01",
        }
    ],
    "CYP201CareContact": [
        {"CareContactID": "C1", "ServiceRequestID": "R1", "Contact_Date": "2024-03-05"}
    ],
}


def frame_of(table: str, rows: list[dict[str, str]]) -> pl.DataFrame:
    items = DATA_SET.tables[table].items
    return pl.DataFrame(
        [{name: row.get(name) for name in items} for row in rows],
        schema=dict.fromkeys(items, pl.String),
    )


def day_of(**changed: list[dict[str, str]]) -> list[tuple[str, list[pl.DataFrame]]]:
    return [(name, [frame_of(name, rows)]) for name, rows in {**DAY, **changed}.items()]


@dataclass
class Door:
    """Both sides of the door: what sends, and what opens."""

    folder: Path
    key: Ed25519PrivateKey
    keys_url: str
    handover_url: str
    runs: int = 0

    def origin(self, **changed) -> Origin:
        kind = changed.get("kind", TransferKind.RECORDS)
        epoch, slot = changed.get("key_epoch", 1), changed.get("slot_version", 1)
        origin = Origin(
            transfer=transfer_id(SUBMISSION, kind, slot, epoch),
            kind=kind,
            submission=SUBMISSION,
            reference="S-TEST01",
            provider="Z9A",
            period_start=date(2024, 3, 5),
            period_end=date(2024, 3, 5),
            data_set=DATA_SET.name,
            version=DATA_SET.version,
            slot_version=slot,
            key_epoch=epoch,
            received_at=datetime(2024, 3, 6, 7, tzinfo=UTC),
            outcome="accepted",
        )
        return replace(origin, **changed)

    def sending(self, **changed) -> Sending:
        self.runs += 1
        work = self.folder / f"work-{self.runs}"
        return Sending(
            origin=self.origin(**changed),
            header=HEADER,
            report=b'{"outcome": "accepted"}',
            work=work,
            keys_url=self.keys_url,
            signing_key=self.folder / "signing.pem",
            handover_url=self.handover_url,
        )

    def send(self, tables=None, **changed) -> Sent:
        return send(self.sending(**changed), day_of() if tables is None else tables)

    def fetch(self) -> Path:
        shelf = open_handover(self.handover_url)
        (transfer,) = pending(shelf)
        return fetch(shelf, transfer, self.folder / "in")

    def open(self, folder: Path | None = None) -> Transfer:
        return unseal(folder or self.fetch(), self.key.public_key())
