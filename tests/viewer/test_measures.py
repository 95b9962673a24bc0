"""Every measure against a slow, plain recount of the same made-up records."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from portal.scope import provider_scope
from tests.viewer.delivering import deliver
from viewer.models import MeasureCount
from viewer.receiving import receive_due
from viewer.relations import newest_data_set

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])
START = date(2024, 1, 1)
BANDS = [
    (7, "W00_01"),
    (14, "W01_02"),
    (28, "W02_04"),
    (84, "W04_12"),
    (126, "W12_18"),
    (364, "W18_52"),
]
STOPS = {"30", "31", "32", "33", "34", "35", "36"}
ATTENDED = {"5", "6"}
KEYS = {
    "CYP101Referral": ("Referral_Pseudo",),
    "CYP102ServiceTypeReferredTo": ("Referral_Pseudo", "Team_Pseudo", "TeamType"),
    "CYP104RTT": ("Referral_Pseudo", "RTT_StartDate", "RTT_EndDate", "RTT_Status"),
    "CYP201CareContact": ("Referral_Pseudo", "CareContact_Pseudo"),
    "CYP001MPI": ("LocalPatient_Pseudo",),
    "COM501HospitalProviderSpell": ("Spell_Pseudo",),
    "COM502WardStay": ("WardStay_Pseudo",),
    "COM503DailyInpatientStatus": ("Spell_Pseudo", "CensusDate"),
}


def made_up(chance, day):
    """A day's submission: rows repeat, change and contradict those of other days."""

    def some(share, choices):
        return chance.choice(choices) if chance.random() < share else None

    near = [day - timedelta(days=back) for back in (0, 0, 1, 3, 8, 20, 90, 130, 400)]
    near += [day + timedelta(days=1)]
    rows = {name: {} for name in KEYS}

    def add(table, **row):
        rows[table][tuple(row.get(name) for name in KEYS[table])] = row

    for _ in range(chance.randint(4, 12)):
        referral, patient = f"r{chance.randint(1, 25)}", f"p{chance.randint(1, 12)}"
        add("CYP001MPI", LocalPatient_Pseudo=patient, DateOfDeath_Month=some(0.05, [START]))
        add(
            "CYP101Referral",
            Referral_Pseudo=referral,
            LocalPatient_Pseudo=patient,
            ReferralRequest_ReceivedDate=chance.choice(near),
            Discharge_Date=some(0.2, near),
            SourceOfReferral=some(0.8, ["01", "11"]),
        )
        for team in chance.sample(["t1", "t2", None], chance.randint(1, 2)):
            add(
                "CYP102ServiceTypeReferredTo",
                Referral_Pseudo=referral,
                Team_Pseudo=team,
                TeamType="12",
                SitRep_ServiceLine=some(0.9, ["A04", "A07", "C04"]),
                Referral_ClosureDate=some(0.1, near),
                Referral_RejectionDate=some(0.05, near),
            )
        if chance.random() < 0.5:
            add(
                "CYP104RTT",
                Referral_Pseudo=referral,
                WaitingTime_MeasurementType=some(0.9, ["01", "05"]),
                RTT_StartDate=some(0.9, near),
                RTT_EndDate=some(0.4, near),
                RTT_Status=chance.choice(["10", "20", "30", "31"]),
                ResponseStandard_Met=some(0.8, ["Y", "N"]),
            )
        if chance.random() < 0.7:
            add(
                "CYP201CareContact",
                CareContact_Pseudo=f"c{chance.randint(1, 60)}",
                Referral_Pseudo=referral,
                Contact_Date=chance.choice(near[:5]),
                AttendanceStatus=some(0.95, ["2", "3", "5", "6"]),
                ConsMechanism=some(0.9, ["01", "02"]),
            )
    for _ in range(chance.randint(0, 3)):
        spell = f"s{chance.randint(1, 8)}"
        add(
            "COM501HospitalProviderSpell",
            Spell_Pseudo=spell,
            StartDateHospProvSpell=chance.choice(near),
            DischDateHospProvSpell=some(0.4, near),
            MethOfDischHospProvSpell=some(0.5, ["1", "4"]),
            SitRepAgeGroup_StartDateHospProvSpell=chance.choice(["A", "A", "CYP"]),
            DischargedBy1700_Flag=some(0.8, ["Y", "N"]),
        )
        add(
            "COM502WardStay",
            WardStay_Pseudo=f"w{spell}",
            Spell_Pseudo=spell,
            StartDateWardStay=chance.choice(near),
            EndDateWardStay=some(0.5, near),
        )
        add(
            "COM503DailyInpatientStatus",
            Spell_Pseudo=spell,
            CensusDate=day,
            MeetsCriteriaToReside=chance.choice(["Y", "N"]),
        )
    return {name: list(held.values()) for name, held in rows.items()}


def standing(slots, table, until):
    """The newest row of each key among the submissions up to a day."""
    held = {}
    for day in sorted(slots):
        if day <= until:
            for row in slots[day][table]:
                held[tuple(row.get(name) for name in KEYS[table])] = row
    return list(held.values())


def line_of(services, referral):
    lines = [row["SitRep_ServiceLine"] for row in services if row["Referral_Pseudo"] == referral]
    return min((line for line in lines if line), default="") if lines else ""


def waiting(slots, day):
    """People waiting at the end of a day, by line and band, as the definition reads."""
    tables = {name: standing(slots, name, day) for name in KEYS}
    referrals = {row["Referral_Pseudo"]: row for row in tables["CYP101Referral"]}
    patients = {row["LocalPatient_Pseudo"]: row for row in tables["CYP001MPI"]}
    found = Counter()
    for service in tables["CYP102ServiceTypeReferredTo"]:
        referral = referrals.get(service["Referral_Pseudo"], {})
        clocks = [
            c for c in tables["CYP104RTT"] if c["Referral_Pseudo"] == service["Referral_Pseudo"]
        ]
        starts = [c["RTT_StartDate"] for c in clocks if c["RTT_StartDate"]]
        start = max(starts) if starts else referral.get("ReferralRequest_ReceivedDate")
        if start is None or start > day:
            continue
        died = patients.get(referral.get("LocalPatient_Pseudo"), {}).get("DateOfDeath_Month")
        ends = [
            referral.get("Discharge_Date"),
            service["Referral_ClosureDate"],
            service["Referral_RejectionDate"],
            died,
        ]
        ends += [c["RTT_EndDate"] for c in clocks if c["RTT_Status"] in STOPS]
        if any(end and end <= day for end in ends):
            continue
        seen = [
            c
            for c in tables["CYP201CareContact"]
            if c["Referral_Pseudo"] == service["Referral_Pseudo"]
            and c["AttendanceStatus"] in ATTENDED
            and start <= c["Contact_Date"] <= day
        ]
        if not seen:
            band = next((name for most, name in BANDS if (day - start).days <= most), "W52_UP")
            found[service["SitRep_ServiceLine"] or "", band] += 1
    return found


def counted(slots, table, date_item, key, keep=bool):
    """Distinct keys by day and service line, on the days that submissions cover."""
    last = max(slots)
    services = standing(slots, "CYP102ServiceTypeReferredTo", last)
    found = {}
    for row in standing(slots, table, last):
        day = row[date_item]
        if day and min(slots) <= day <= last and keep(row):
            line = line_of(services, row.get("Referral_Pseudo"))
            found.setdefault((day, line), set()).add(tuple(row.get(name) for name in key))
    return Counter({place: len(keys) for place, keys in found.items()})


def stored(provider, measure, split, *, by_line=True):
    with provider_scope(provider):
        rows = MeasureCount.objects.using("records").filter(measure=measure, split=split)
        found = Counter()
        for row in rows:
            place = (row.day, row.service_line) if by_line else (row.day, row.code)
            found[place] += row.value
    return +found


def submissions(chance, days):
    """Submissions in the order they are handed over: some late, some again, one withdrawn."""
    order, versions, slots = [], Counter(), {}
    dates = [START + timedelta(days=place) for place in range(days) if chance.random() < 0.95]
    late = [day for day in dates if chance.random() < 0.15]
    for day in [
        *(day for day in dates if day not in late),
        *late,
        *chance.sample(dates, days // 5),
    ]:
        versions[day] += 1
        slots[day] = made_up(chance, day)
        order.append((day, versions[day], slots[day]))
    return order, slots


def recount(tmp_path, settings, provider, days, seed):
    chance = random.Random(seed)  # noqa: S311 - made-up records
    order, slots = submissions(chance, days)
    for day, version, rows in order:
        deliver(tmp_path / "sealed", provider, day, rows, version=version)
        receive_due()
    return slots


def discharges(slots):
    last, found = max(slots), Counter()
    spells = {
        row["Spell_Pseudo"]: row for row in standing(slots, "COM501HospitalProviderSpell", last)
    }
    for row in standing(slots, "COM503DailyInpatientStatus", last):
        spell, day = spells[row["Spell_Pseudo"]], row["CensusDate"]
        if row["MeetsCriteriaToReside"] != "N" or not is_adult(spell):
            continue
        found[day, "NCTR"] += 1
        out = spell["DischDateHospProvSpell"]
        if out is None or out > day:
            stay = (day - spell["StartDateHospProvSpell"]).days
            codes = [("REMAIN", 0), ("LOS14", 14), ("LOS21", 21)]
            found.update((day, code) for code, least in codes if code == "REMAIN" or stay >= least)
    for spell in spells.values():
        day = spell["DischDateHospProvSpell"]
        if day and min(slots) <= day <= last and is_adult(spell):
            if spell["MethOfDischHospProvSpell"] == "4":
                continue
            found[day, "DISCH"] += 1
            code = {"Y": "DISCH_17", "N": "DISCH_2359"}.get(spell["DischargedBy1700_Flag"])
            found.update([(day, code)] if code else [])
    return found


def is_adult(spell):
    return spell["SitRepAgeGroup_StartDateHospProvSpell"] == "A"


def compare(provider, slots):
    attended = {"keep": lambda row: row["AttendanceStatus"] in ATTENDED}
    for day in slots:
        expected = waiting(slots, day)
        lines = Counter()
        for (line, _), count in expected.items():
            lines[day, line] += count
        held = stored(provider, "waiting_list", "total")
        assert Counter({place: n for place, n in held.items() if place[0] == day}) == lines
        bands = Counter()
        for (_, band), count in expected.items():
            bands[day, band] += count
        held = stored(provider, "waiting_list", "WeeksBand", by_line=False)
        assert Counter({place: n for place, n in held.items() if place[0] == day}) == bands
    contact = ("CYP201CareContact", "Contact_Date", ("CareContact_Pseudo",))
    referral = ("CYP101Referral", "ReferralRequest_ReceivedDate", ("Referral_Pseudo",))
    assert stored(provider, "contacts", "total") == counted(slots, *contact)
    assert stored(provider, "contacts_by_mechanism", "total") == counted(
        slots, *contact, **attended
    )
    assert stored(provider, "referrals_received", "total") == counted(slots, *referral)
    ended = ("CYP101Referral", "Discharge_Date", ("Referral_Pseudo",))
    assert stored(provider, "referrals_discharged", "total") == counted(slots, *ended)
    assert stored(provider, "discharge_counts", "Metric", by_line=False) == discharges(slots)
    beds = Counter()
    for day in slots:
        for row in standing(slots, "COM502WardStay", day):
            end = row["EndDateWardStay"]
            beds[day, ""] += row["StartDateWardStay"] <= day and (end is None or end > day)
    assert stored(provider, "occupied_beds", "total") == +beds


def test_the_measures_of_a_provider_equal_a_plain_recount(handover, settings, tmp_path):
    slots = recount(tmp_path, settings, "Z9A", 14, seed=1)

    compare("Z9A", slots)
    with provider_scope("Z9A"):
        held = MeasureCount.objects.using("records").values_list("measure", flat=True).distinct()
        assert set(held) == set(newest_data_set().measures)


@pytest.mark.long
def test_the_measures_of_five_providers_over_sixty_days_equal_a_plain_recount(
    handover, settings, tmp_path
):
    for seed, provider in enumerate(["Z9A", "Z9B", "Z8A", "Z8B", "Z8C"]):
        compare(provider, recount(tmp_path, settings, provider, 60, seed))
