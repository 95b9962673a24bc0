"""The rows that stand for a provider, from the files it sent: read by the csv module alone.

Written apart from the product, for the recount beside it: of each key the newest row among the
submissions up to a day, its patient's birth, and its service line.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from portal.specification.loading import DATA_SETS

KEYS = {
    "CYP001MPI": ("LocalPatientID",),
    "CYP101Referral": ("ServiceRequestID",),
    "CYP102ServiceTypeReferredTo": ("ServiceRequestID", "TeamID_Local", "TeamType"),
    "CYP104RTT": ("ServiceRequestID", "RTT_StartDate", "RTT_EndDate", "RTT_Status"),
    "CYP201CareContact": ("ServiceRequestID", "CareContactID"),
    "COM501HospitalProviderSpell": ("HospProvSpellID",),
    "COM502WardStay": ("WardStayID",),
    "COM503DailyInpatientStatus": ("HospProvSpellID", "CensusDate"),
}


@dataclass(frozen=True)
class Sent:
    """The accepted rows of one submission: when it came, for which day, or nothing if withdrawn."""

    day: date
    received: datetime
    version: str
    rows: dict
    score: float | None = None
    withdrawn: bool = False


def read_sent(folder, rejects):
    """The rows of every file that are not rejected; `rejects` is asked for each planted fault."""
    gone = {
        (fault["table"], int(fault["line"]))
        for fault in _read(folder / "planted.csv")
        if not fault["code"] or rejects(fault["table"], fault["code"])
    }
    rows = {}
    for table in KEYS:
        numbered = enumerate(_read(folder / f"{table}.csv"), start=2)
        rows[table] = [row for line, row in numbered if (table, line) not in gone]
    return rows


def _read(path):
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


class Records:
    """The newest row of each key among the submissions up to a day, with what came beside it."""

    def __init__(self, stands, until):
        self.tables = {table: {} for table in KEYS}
        for day in sorted(day for day in stands if day <= until):
            sent = stands[day]
            born = {row["LocalPatientID"]: row["DateOfBirth"] for row in sent.rows["CYP001MPI"]}
            whose = {
                r["ServiceRequestID"]: r["LocalPatientID"] for r in sent.rows["CYP101Referral"]
            }
            for table, items in KEYS.items():
                for number, row in enumerate(sent.rows[table]):
                    patient = row.get("LocalPatientID") or whose.get(row.get("ServiceRequestID"))
                    beside = {"born": born.get(patient, ""), "day": day, "version": sent.version}
                    key = tuple(row[item] for item in items)
                    self.tables[table][key] = {**row, **beside, "row": (day, number)}
        self.lines = defaultdict(list)
        for row in self.of("CYP102ServiceTypeReferredTo"):
            self.lines[row["ServiceRequestID"]].append(service_line(row))
        self.two_hours = {
            row["ServiceRequestID"]
            for row in self.of("CYP104RTT")
            if row["WaitingTime_MeasurementType"] == "05"
        }

    def of(self, table):
        return self.tables[table].values()

    def line(self, row):
        """The first of the service lines of a row's referral."""
        return min((one for one in self.lines[row.get("ServiceRequestID")] if one), default="")

    def under(self, table):
        """The rows of a table by referral."""
        found = defaultdict(list)
        for row in self.of(table):
            found[row["ServiceRequestID"]].append(row)
        return found


def age_at(born, day):
    """Whole years from birth to a day, or nothing if either is not known."""
    if not born or not day:
        return None
    birth, then = date.fromisoformat(born), date.fromisoformat(str(day))
    return then.year - birth.year - ((then.month, then.day) < (birth.month, birth.day))


def service_line(row):
    """The line that was stated, or in version 1.0 the one of the team type and the age."""
    if row["version"] != "1.0":
        return row["SitRep_ServiceLine"]
    age = age_at(row["born"], row["day"])
    if age is None:
        return ""
    return _lines_of_teams("adult_line" if age >= 18 else "cyp_line").get(row["TeamType"], "")


def _lines_of_teams(column):
    path = DATA_SETS / "community_pilot/1.0/value_sets/service_team_type_community.csv"
    return {row["code"]: row[column] for row in _read(path)}
