"""Seal made-up rows as the AGEM instance would, and put them in the hand-over store."""

import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
from django.conf import settings

from portal.handover import deposit, open_handover
from portal.manifests import Origin, TransferKind, read_signing_key
from portal.quality_reports import QualityReport
from portal.specification import SentType, load_data_set
from portal.transfers import DTYPES, seal, write_part

NAMES = uuid.UUID(int=7)


def pseudonym(name):
    """The same made-up pseudonym for the same name; none for none."""
    return uuid.uuid5(NAMES, name).bytes if name else None


def deliver(folder, provider, day, tables, **more):
    """Hand over one transfer; rows hold a name for each pseudonym. Return its origin."""
    data_set = load_data_set("community_pilot", "2.0")
    kind, hours = more.get("kind", "records"), more.get("hours", 6)
    made = origin(provider, day, more.get("version", 1), kind, hours)
    path = Path(folder) / str(made.transfer)
    path.mkdir(parents=True)
    parts = []
    if kind == "records":
        for name, rows in tables.items():
            if rows:
                table = data_set.tables[name]
                parts.append(write_part(path, table, 1, frame(table, rows)))
    report = (
        quality_report(made, more.get("score", 90.0), hours).to_json().encode()
        if kind != "withdrawal"
        else None
    )
    seal(path, made, parts, report, read_signing_key(Path(settings.SIGNING_KEY_FILE)))
    deposit(open_handover(settings.HANDOVER_URL), path)
    return made


def frame(table, rows):
    """Rows as the frame that leaves; what a row does not name is null."""
    columns = {}
    for column in table.sent_columns:
        cells = [row.get(column.name) for row in rows]
        if column.type is SentType.UUID:
            cells = [pseudonym(cell) for cell in cells]
        columns[column.name] = pl.Series(cells, dtype=DTYPES[column.type])
    return pl.DataFrame(columns)


def origin(provider, day, version, kind, hours):
    closed = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return Origin(
        transfer=uuid.uuid4(),
        kind=TransferKind(kind),
        submission=uuid.uuid4(),
        reference="S-MADEUP",
        provider=provider,
        period_start=day,
        period_end=day,
        data_set="community_pilot",
        version="2.0",
        slot_version=version,
        key_epoch=1,
        received_at=closed + timedelta(hours=hours),
        outcome="accepted",
    )


def quality_report(made, score, hours):
    return QualityReport(
        provider=made.provider,
        data_set=made.data_set,
        version=made.version,
        period_start=made.period_start,
        period_end=made.period_end,
        outcome="accepted",
        received_at=made.received_at,
        records=1,
        score=score,
        timeliness_hours=float(hours),
    )


def person(name, line="A04", received=date(2024, 1, 1), **referral):
    """The rows of one patient with one referral to one service line."""
    return {
        "CYP001MPI": [{"LocalPatient_Pseudo": name, "Person_Pseudo": name}],
        "CYP101Referral": [
            {
                "Referral_Pseudo": f"ref {name}",
                "LocalPatient_Pseudo": name,
                "ReferralRequest_ReceivedDate": received,
                **referral,
            }
        ],
        "CYP102ServiceTypeReferredTo": [
            {"Referral_Pseudo": f"ref {name}", "TeamType": "12", "SitRep_ServiceLine": line}
        ],
    }


def contact(name, number, day, attendance="5"):
    """A contact of a patient's referral."""
    return {
        "CYP201CareContact": [
            {
                "CareContact_Pseudo": f"contact {name} {number}",
                "Referral_Pseudo": f"ref {name}",
                "Contact_Date": day,
                "AttendanceStatus": attendance,
            }
        ]
    }


def together(*parts):
    """Several sets of rows as one."""
    tables = {}
    for part in parts:
        for name, rows in part.items():
            tables.setdefault(name, []).extend(rows)
    return tables
