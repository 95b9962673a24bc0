"""Count every measure again from the files that were sent: slowly, and in plain Python alone.

Written from the definitions of the measures, apart from the product: dictionaries and dates. A
figure is found under (measure, split, day, code, service line).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tests.viewer.standing_rows import Records, age_at, service_line

BANDS = ((7, "W00_01"), (14, "W01_02"), (28, "W02_04"), (84, "W04_12"), (126, "W12_18"))
STOPS = {"30", "31", "32", "33", "34", "35", "36"}
ATTENDED = {"5", "6"}
LONGER_STAYS = (("LOS14", 14), ("LOS21", 21))
EIGHTEEN_WEEKS, TWO_HOURS = 126, timedelta(hours=2)


def recount(submissions):
    """Every figure of a provider, from all its submissions in the order they were received."""
    stands = {one.day: one for one in submissions}
    stands = {day: one for day, one in stands.items() if not one.withdrawn}
    figures = defaultdict(set)
    if stands:
        first, last = min(stands), max(stands)
        for day in stands:
            _census(figures, Records(stands, day), day)
        _flows(_Flows(figures, Records(stands, last), first, last))
    counted = {place: len(who) for place, who in figures.items()}
    for day, one in stands.items():
        accepted = [each.received for each in submissions if each.day == day and not each.withdrawn]
        hours = (min(accepted) - datetime.combine(day, time(), UTC)).total_seconds() / 3600
        counted["timeliness", "total", day, "", ""] = round(hours - 24, 2)
        counted["quality", "total", day, "", ""] = one.score
    return counted


def _census(figures, records, day):
    """What is counted as it stood at the end of a day."""
    referrals, clocks = records.tables["CYP101Referral"], records.under("CYP104RTT")
    contacts = records.under("CYP201CareContact")
    for row in records.of("CYP102ServiceTypeReferredTo"):
        referral = referrals.get((row["ServiceRequestID"],), {})
        patient = records.tables["CYP001MPI"].get((referral.get("LocalPatientID"),), {})
        own = clocks[row["ServiceRequestID"]]
        days = _days_waited(day, row, referral, patient, own, contacts[row["ServiceRequestID"]])
        if days is not None:
            line = service_line(row)
            band = next((code for most, code in BANDS if days <= most), None)
            band = band or ("W18_52" if days <= 364 else "W52_UP")
            for split, code in (("total", ""), ("WeeksBand", band), ("ServiceLine", line)):
                figures["waiting_list", split, day, code, line].add(row["row"])
    for row in records.of("CYP101Referral"):
        if _open(row, "ReferralRequest_ReceivedDate", "Discharge_Date", day):
            place = "referrals_open", "total", day, "", records.line(row)
            figures[place].add(row["ServiceRequestID"])
    for row in records.of("COM502WardStay"):
        if _open(row, "StartDateWardStay", "EndDateWardStay", day):
            site = row["Treatment_OrgSiteID"]
            figures["occupied_beds", "total", day, "", ""].add(row["WardStayID"])
            figures["occupied_beds", "Treatment_OrgSiteID", day, site, ""].add(row["WardStayID"])
            figures["occupied_beds", "WardCode", day, row["WardCode"], ""].add(row["WardStayID"])


def _days_waited(day, row, referral, patient, clocks, contacts):
    """How long somebody has waited by the day, or nothing if the wait has ended or not begun."""
    started = [_date(clock["RTT_StartDate"]) for clock in clocks if clock["RTT_StartDate"]]
    start = max(started, default=_date(referral.get("ReferralRequest_ReceivedDate")))
    died = _date(patient.get("DateOfDeath"))
    ends = [
        _date(referral.get("Discharge_Date")),
        _date(row["Referral_ClosureDate"]),
        _date(row["Referral_RejectionDate"]),
        died and died.replace(day=1),  # the other side knows the month alone
        *(_date(clock["RTT_EndDate"]) for clock in clocks if clock["RTT_Status"] in STOPS),
    ]
    seen = [
        _date(contact["Contact_Date"])
        for contact in contacts
        if contact["AttendanceStatus"] in ATTENDED
    ]
    if start is None or start > day or any(end and end <= day for end in ends):
        return None
    return None if any(start <= one <= day for one in seen) else (day - start).days


def _open(row, start, end, day):
    begun, ended = _date(row[start]), _date(row[end])
    return begun is not None and begun <= day and (ended is None or ended > day)


@dataclass(frozen=True)
class _Flows:
    """What is counted on the date that a record holds, between the first day and the last."""

    figures: dict
    records: Records
    first: date
    last: date

    def add(self, measure, row, day, who, **splits):
        if day and self.first <= day <= self.last:
            for split, code in splits.items():
                self.figures[measure, split, day, code, self.records.line(row)].add(who)


def _flows(flows):
    for row in flows.records.of("CYP101Referral"):
        _referral(flows, row)
    for row in flows.records.of("CYP201CareContact"):
        _contact(flows, row)
    for row in flows.records.of("CYP104RTT"):
        _stopped_clock(flows, row)
    spells = flows.records.tables["COM501HospitalProviderSpell"]
    for row in flows.records.of("COM503DailyInpatientStatus"):
        _inpatient(flows, row, spells.get((row["HospProvSpellID"],)))
        _delay(flows, row)
    for row in spells.values():
        _departure(flows, row)
        day = _date(row["StartDateHospProvSpell"])
        flows.add("admissions", row, day, row["HospProvSpellID"], total="")


def _referral(flows, row):
    who, source = row["ServiceRequestID"], row["SourceOfReferral"]
    received, ended = _date(row["ReferralRequest_ReceivedDate"]), _date(row["Discharge_Date"])
    flows.add("referrals_received", row, received, who, total="")
    flows.add("referrals_by_source", row, received, who, total="", SourceOfReferral=source)
    flows.add("referrals_discharged", row, ended, who, total="")
    if who in flows.records.two_hours:
        flows.add("two_hour_referrals", row, received, who, total="")


def _contact(flows, row):
    who, day, attended = row["CareContactID"], _date(row["Contact_Date"]), row["AttendanceStatus"]
    flows.add("contacts", row, day, who, total="", AttendanceStatus=attended)
    if attended not in ATTENDED:
        return
    how, where = row["ConsMechanism"], row["Activity_LocationType"]
    band = age_band(row["born"], row["Contact_Date"])
    flows.add("contacts_by_mechanism", row, day, who, total="", ConsMechanism=how)
    flows.add("contacts_by_location", row, day, who, total="", Activity_LocationType=where)
    flows.add("contacts_by_age", row, day, who, total="", AgeBand=band)
    if row["ServiceRequestID"] in flows.records.two_hours:
        flows.add("two_hour_contacts", row, day, who, total="")


def _stopped_clock(flows, row):
    start, end = _date(row["RTT_StartDate"]), _date(row["RTT_EndDate"])
    kind, wait = row["WaitingTime_MeasurementType"], _wait(row)
    if kind == "01" and row["RTT_Status"] in STOPS:
        within = start and end and (end - start).days <= EIGHTEEN_WEEKS
        met = "met" if within else "missed"
        flows.add("referral_to_treatment", row, end, row["row"], total="", met=met)
    if kind == "05" and wait is not None:
        met = "met" if wait <= TWO_HOURS else "missed"
        flows.add("two_hour_response", row, end, row["row"], total="", met=met)


def _wait(row):
    """How long a clock ran, if all of its four parts are there."""
    parts = [row[item] for item in ("RTT_StartDate", "RTT_StartTime", "RTT_EndDate", "RTT_EndTime")]
    if not all(parts):
        return None
    return datetime.fromisoformat(f"{parts[2]}T{parts[3]}") - datetime.fromisoformat(
        f"{parts[0]}T{parts[1]}"
    )


def _inpatient(flows, status, spell):
    """A day of somebody who need not be in a bed: still there at its end, and for how long."""
    if not spell or status["MeetsCriteriaToReside"] != "N" or not _is_adult(spell):
        return
    day, out = _date(status["CensusDate"]), _date(spell["DischDateHospProvSpell"])
    stay = (day - _date(spell["StartDateHospProvSpell"])).days
    codes = ["NCTR"]
    if out is None or out > day:
        codes += ["REMAIN", *(code for code, least in LONGER_STAYS if stay >= least)]
    for code in codes:
        flows.add("discharge_counts", spell, day, spell["row"], Metric=code)


def _delay(flows, status):
    """A day in a bed of somebody who could leave, and why they stay."""
    if status["MeetsCriteriaToReside"] == "N":
        day, who, why = (
            _date(status["CensusDate"]),
            status["HospProvSpellID"],
            status["DelayReason"],
        )
        flows.add("delays", status, day, who, total="", DelayReason=why)


def _departure(flows, spell):
    """A discharge of somebody alive, and whether it was by five o'clock."""
    day, clock = _date(spell["DischDateHospProvSpell"]), spell["DischTimeHospProvSpell"]
    if not _is_adult(spell) or spell["MethOfDischHospProvSpell"] == "4":
        return
    flows.add("discharge_counts", spell, day, spell["row"], Metric="DISCH")
    if clock:
        code = "DISCH_17" if clock <= "17:00:00" else "DISCH_2359"
        flows.add("discharge_counts", spell, day, spell["row"], Metric=code)


def _is_adult(spell):
    age = age_at(spell["born"], spell["StartDateHospProvSpell"])
    return age is not None and age >= 18


def _date(text):
    return date.fromisoformat(text) if text else None


def age_band(born, day):
    """Ten years of age in one band, from 90 all in one."""
    age = age_at(born, day)
    if age is None or not 0 <= age < 130:
        return ""
    return "90_Plus" if age >= 90 else f"{age // 10 * 10}-{age // 10 * 10 + 9}"
