"""A small submission in which everything is right, to be spoilt one value at a time."""

import csv
import io
from copy import deepcopy
from datetime import UTC, datetime

from portal.specification import load_data_set
from submissions.sources import from_bytes
from submissions.validation import Context, judge

DATA_SET = load_data_set("community_pilot", "2.0")
HEADER, PERSON, PRACTICE = "CYP000Header", "CYP001MPI", "CYP002GP"
REFERRAL, SERVICE, WAIT = "CYP101Referral", "CYP102ServiceTypeReferredTo", "CYP104RTT"
CONTACT, ACTIVITY, SCORE = (
    "CYP201CareContact",
    "CYP202CareActivity",
    "CYP609CodedAssessmentReferral",
)
SPELL, STAY, BEDS = "COM501HospitalProviderSpell", "COM502WardStay", "COM504WardBedState"
WAITING, DISCHARGE, OUTPATIENT = (
    "COM801WaitingListAggregate",
    "COM802DischargeAggregate",
    "COM210OutpatientAttendance",
)
BANDS = ("W00_01", "W01_02", "W02_04", "W04_12", "W12_18", "W18_52", "W52_UP")

RIGHT = {
    HEADER: [
        {
            "Version": "2.0",
            "OrgID_Provider": "Z9A",
            "OrgID_Submitter": "Z9A",
            "RP_StartDate": "2024-04-15",
            "RP_EndDate": "2024-04-15",
            "FileCreation_DateTime": "2024-04-16T02:00:00",
            "PrimarySystem": "Test",
        }
    ],
    PERSON: [
        {
            "LocalPatientID": f"P{number}",
            "OrgID_LocalPatientID": "Z9A",
            "NHSNumber": nhs_number,
            "NHSNumber_Status": "01",
            "DateOfBirth": "1960-02-29",
        }
        for number, nhs_number in ((1, "9434765919"), (2, "9434765870"))
    ],
    PRACTICE: [{"LocalPatientID": f"P{number}", "OrgID_GP": "Z99001"} for number in (1, 2)],
    REFERRAL: [
        {
            "ServiceRequestID": f"R{number}",
            "LocalPatientID": f"P{number}",
            "OrgID_Commissioner": "Z9Q",
            "ReferralRequest_ReceivedDate": "2024-03-01",
        }
        for number in (1, 2)
    ],
    SERVICE: [
        {
            "ServiceRequestID": f"R{number}",
            "TeamID_Local": "T1",
            "TeamType": "12",
            "SitRep_ServiceLine": "A04",
        }
        for number in (1, 2)
    ],
    WAIT: [{"ServiceRequestID": "R1", "RTT_StartDate": "2024-03-01", "RTT_Status": "10"}],
    CONTACT: [
        {
            "CareContactID": f"C{number}",
            "ServiceRequestID": f"R{number}",
            "TeamID_Local": "T1",
            "Contact_Date": "2024-04-15",
            "AttendanceStatus": "5",
            "CareContact_Duration": "30",
            "ConsMechanism": "01",
        }
        for number in (1, 2)
    ],
    ACTIVITY: [{"CareActivityID": "A1", "CareContactID": "C1", "Activity_Type": "01"}],
    SCORE: [{"ServiceRequestID": "R1", "SNOMED_ID": "718583008", "Score": "3"}],
    SPELL: [
        {
            "HospProvSpellID": f"S{number}",
            "LocalPatientID": "P1",
            "OrgID_Commissioner": "Z9Q",
            "Treatment_OrgSiteID": "Z9A01",
            "StartDateHospProvSpell": started,
            "DischDateHospProvSpell": ended,
            "MethOfDischHospProvSpell": "1" if ended else None,
            "DestOfDischHospProvSpell": "19" if ended else None,
        }
        for number, started, ended in ((1, "2024-04-01", "2024-04-15"), (2, "2024-04-15", None))
    ],
    STAY: [
        {"WardStayID": f"W{number}", "HospProvSpellID": f"S{number}", "StartDateWardStay": day}
        for number, day in ((1, "2024-04-02"), (2, "2024-04-15"))
    ],
    WAITING: [
        {
            "CensusDate": "2024-04-15",
            "ServiceLine": "A04",
            "AgeGroup": "A",
            "WeeksBand": band,
            "PatientsWaiting": "1" if band in ("W04_12", "TOTAL") else "0",
        }
        for band in (*BANDS, "TOTAL")
    ],
}
CONTEXT = Context(
    provider="Z9A",
    authorised_providers=frozenset({"Z9A"}),
    submitter="Z9A",
    received_at=datetime(2024, 4, 16, 4, 0, tzinfo=UTC),
    production=False,
)


def spoilt(*changes, without=(), more=()):
    """The right submission with changes: (table, row, item, value); tables left out; rows added."""
    rows = deepcopy({name: each for name, each in RIGHT.items() if name not in without})
    for table, row, item, value in changes:
        rows[table][row][item] = value
    for table, row in more:
        rows.setdefault(table, []).append(row)
    return rows


def sources_of(rows, data_set=DATA_SET):
    """Rows as files."""
    return {
        name: from_bytes(data_set.tables[name].file_name, _as_csv(each))
        for name, each in rows.items()
        if each
    }


def _as_csv(rows):
    text = io.StringIO(newline="")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def judged(rows, context=CONTEXT, **options):
    """The verdict on rows."""
    return judge(sources_of(rows), DATA_SET, context, **options)


def found(verdict):
    """Every finding of a verdict, as (rule, table, item, line)."""
    return sorted(
        (rule.code, rule.table, rule.item, example.line)
        for rule in verdict.report.rules
        for example in rule.examples
    )
