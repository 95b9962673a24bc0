"""Each kind of rule, broken once: the finding is found where it is, and nothing else is."""

from dataclasses import replace

import pytest

from tests.rules.making import (
    ACTIVITY,
    BEDS,
    CONTACT,
    CONTEXT,
    HEADER,
    OUTPATIENT,
    PERSON,
    PRACTICE,
    REFERRAL,
    RIGHT,
    SCORE,
    SERVICE,
    SPELL,
    STAY,
    WAIT,
    WAITING,
    found,
    judged,
    spoilt,
)

BED = {
    "CensusDate": "2024-04-15",
    "Treatment_OrgSiteID": "Z9A01",
    "WardCode": "W1",
    "BedType": "REHAB",
    "BedsOpen": "10",
    "BedsOccupied": "0",
}
ATTENDANCE = {
    "OutpatientAttendanceID": "O1",
    "LocalPatientID": "P1",
    "OrgID_Commissioner": "Z9Q",
    "Appointment_Date": "2024-04-15",
    "AttendanceStatus": "5",
    "OutcomeOfAttendance": "1",
}

BROKEN = {
    "unique": (
        spoilt(more=[(ACTIVITY, RIGHT[ACTIVITY][0])]),
        {("CP20202", ACTIVITY, "CareActivityID", 2), ("CP20202", ACTIVITY, "CareActivityID", 3)},
    ),
    "reference": (
        spoilt((ACTIVITY, 0, "CareContactID", "C9")),
        {("CP20201", ACTIVITY, "CareContactID", 2)},
    ),
    "reference of two items": (
        spoilt((CONTACT, 1, "TeamID_Local", "T2")),
        {("CP20103", CONTACT, "ServiceRequestID", 3)},
    ),
    "has_child": (
        spoilt(
            (PRACTICE, 1, "LocalPatientID", "P1"),
            (PRACTICE, 1, "GPRegistration_EndDate", "2024-01-01"),
            (PRACTICE, 1, "GPRegistration_StartDate", "2023-01-01"),
        ),
        {("CP00103", PERSON, "LocalPatientID", 3)},
    ),
    "singleton": (
        spoilt(more=[(HEADER, RIGHT[HEADER][0])]),
        {("CP00001", HEADER, "Version", 3)},
    ),
    "compare with the header": (
        spoilt((CONTACT, 0, "Contact_Date", "2024-04-14")),
        {("CP20104", CONTACT, "Contact_Date", 2)},
    ),
    "compare two items": (
        spoilt((WAIT, 0, "RTT_EndDate", "2024-02-01"), (WAIT, 0, "RTT_Status", "30")),
        {("CP10404", WAIT, "RTT_EndDate", 2)},
    ),
    "compare two moments": (
        spoilt(
            (SPELL, 0, "DischDateHospProvSpell", "2024-04-15"),
            (SPELL, 0, "StartDateHospProvSpell", "2024-04-15"),
            (SPELL, 0, "DischTimeHospProvSpell", "08:00:00"),
            (SPELL, 0, "StartTimeHospProvSpell", "09:00:00"),
            (STAY, 0, "StartDateWardStay", "2024-04-15"),
        ),
        {("CP50108", SPELL, "DischDateHospProvSpell", 2)},
    ),
    "compare with a parent": (
        spoilt((STAY, 0, "StartDateWardStay", "2024-03-30")),
        {("CP50204", STAY, "StartDateWardStay", 2)},
    ),
    "compare with an ancestor, where a condition holds": (
        spoilt((PERSON, 1, "DateOfDeath", "2024-04-14"), (CONTACT, 1, "CareContact_Subject", "01")),
        {("CP20113", CONTACT, "Contact_Date", 3)},
    ),
    "compare with what the portal knows": (
        spoilt((HEADER, 0, "OrgID_Submitter", "Z9B")),
        {("CP00003", HEADER, "OrgID_Submitter", 2)},
    ),
    "range": (
        spoilt((CONTACT, 0, "CareContact_Duration", "1441")),
        {("CP20111", CONTACT, "CareContact_Duration", 2)},
    ),
    "range of years": (
        spoilt((PERSON, 0, "DateOfBirth", "1890-01-01")),
        {("CP00112", PERSON, "DateOfBirth", 2)},
    ),
    "in_period": (
        spoilt(more=[(BEDS, {**BED, "CensusDate": "2024-04-14"})]),
        {("CP50402", BEDS, "CensusDate", 2)},
    ),
    "required_if": (
        spoilt((WAIT, 0, "RTT_Status", "30"), (WAIT, 0, "RTT_EndDate", None)),
        {("CP10407", WAIT, "RTT_EndDate", 2)},
    ),
    "required_if, with certain codes": (
        spoilt((WAIT, 0, "RTT_EndDate", "2024-04-01")),
        {("CP10408", WAIT, "RTT_Status", 2)},
    ),
    "required_if of a parent": (
        spoilt(
            (SPELL, 0, "MethOfDischHospProvSpell", "4"),
            (SPELL, 0, "DestOfDischHospProvSpell", "79"),
            (PERSON, 1, "DateOfDeath", "2024-04-15"),
        ),
        {("CP50115", SPELL, "LocalPatientID", 2)},
    ),
    "forbidden_if": (
        spoilt((CONTACT, 0, "Contact_CancellationDate", "2024-04-14")),
        {("CP20109", CONTACT, "Contact_CancellationDate", 2)},
    ),
    "forbidden_if, under a comparison": (
        spoilt(more=[(OUTPATIENT, {**ATTENDANCE, "Appointment_Date": "2024-04-16"})]),
        {("CP21005", OUTPATIENT, "OutcomeOfAttendance", 2)},
    ),
    "all_or_none": (
        spoilt(
            (SERVICE, 0, "Referral_ClosureDate", "2024-04-10"),
            (SERVICE, 0, "Referral_ClosureReason", None),
        ),
        {("CP10209", SERVICE, "Referral_ClosureReason", 2)},
    ),
    "at_least_one": (
        spoilt((PERSON, 0, "NHSNumber", None), (PERSON, 0, "NHSNumber_Status", None)),
        {
            ("CP00108", PERSON, "NHSNumber", 2),
            ("CYP001-NHSNumber_Status-B", PERSON, "NHSNumber_Status", 2),
        },
    ),
    "at_most_one": (
        spoilt(
            (SERVICE, 0, "Referral_ClosureDate", "2024-04-10"),
            (SERVICE, 0, "Referral_ClosureReason", "01"),
            (SERVICE, 0, "Referral_RejectionDate", "2024-04-10"),
            (SERVICE, 0, "Referral_RejectionReason", "01"),
        ),
        {("CP10208", SERVICE, "Referral_ClosureDate", 2)},
    ),
    "code_scheme": (
        spoilt((ACTIVITY, 0, "Procedure_Scheme", "02"), (ACTIVITY, 0, "CodedProcedure", "123456")),
        {("CP20203", ACTIVITY, "CodedProcedure", 2)},
    ),
    "code_scheme, with a check digit": (
        spoilt(
            (ACTIVITY, 0, "Procedure_Scheme", "06"), (ACTIVITY, 0, "CodedProcedure", "718583009")
        ),
        {("CP20203", ACTIVITY, "CodedProcedure", 2)},
    ),
    "code_attribute of the person's age": (
        spoilt((PERSON, 0, "DateOfBirth", "2012-04-16")),
        {("CP10220", SERVICE, "SitRep_ServiceLine", 2)},
    ),
    "parent_in": (
        spoilt((CONTACT, 0, "AttendanceStatus", "7")),
        {("CP20211", ACTIVITY, "CareContactID", 2)},
    ),
    "snomed": (
        spoilt((SCORE, 0, "SNOMED_ID", "718583009")),
        {("CP60902", SCORE, "SNOMED_ID", 2)},
    ),
    "nhs_number": (
        spoilt((PERSON, 0, "NHSNumber", "9434765918")),
        {("CP00105", PERSON, "NHSNumber", 2)},
    ),
    "nhs_number of nobody": (
        spoilt((PERSON, 0, "NHSNumber", "9999999999")),
        {("CP00105", PERSON, "NHSNumber", 2)},
    ),
    "not_default_date": (
        spoilt((PERSON, 0, "DateOfBirth", "1900-01-01")),
        {("CP00116", PERSON, "DateOfBirth", 2)},
    ),
    "reconcile": (
        spoilt((WAITING, 3, "PatientsWaiting", "9"), (WAITING, 7, "PatientsWaiting", "9")),
        {("CP80107", WAITING, "PatientsWaiting", 5), ("CP80107", WAITING, "PatientsWaiting", 9)},
    ),
    "no_overlap": (
        spoilt(
            (SPELL, 1, "StartDateHospProvSpell", "2024-04-14"),
            (STAY, 1, "StartDateWardStay", "2024-04-14"),
        ),
        {("CP50117", SPELL, "LocalPatientID", 2), ("CP50117", SPELL, "LocalPatientID", 3)},
    ),
}


@pytest.mark.parametrize(("rows", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_found_at_its_line_and_item_and_nothing_else_is(rows, expected):
    verdict = judged(rows)

    assert set(found(verdict)) == expected


@pytest.mark.parametrize(
    ("change", "rule", "lines"),
    [
        ((WAITING, 7, "PatientsWaiting", "2"), "CP80105", 8),
        ((WAITING, 0, "WeeksBand", None), "CP80104", 8),
        ((WAITING, 3, "AgeGroup", "CYP"), "CP80106", 1),
    ],
)
def test_a_rule_about_a_group_is_broken_by_every_record_of_the_group(change, rule, lines):
    verdict = judged(spoilt(change))

    assert [each[0] for each in found(verdict)].count(rule) == lines


@pytest.mark.parametrize(
    ("known", "table", "item", "value", "rule"),
    [
        (
            {"organisations": {"Z9Q": (None, None), "Z9A": (None, None), "Z99001": (None, None)}},
            REFERRAL,
            "OrgID_Commissioner",
            "Z9X",
            "CP10110",
        ),
        ({"sites": {"Z9A01": (None, None)}}, CONTACT, "Treatment_OrgSiteID", "Z9A02", "CP20115"),
        ({"postcodes": frozenset({"AB1 2CD"})}, PERSON, "Postcode", "AB1 2CE", "CP00113"),
        ({"assessments": frozenset({"718583008"})}, SCORE, "SNOMED_ID", "273249006", "CP60903"),
    ],
)
def test_reference_data_is_asked_where_it_is_loaded(known, table, item, value, rule):
    rows, context = spoilt((table, 0, item, value)), replace(CONTEXT, **known)

    loaded, not_loaded = judged(rows, context), judged(rows)

    assert found(loaded) == [(rule, table, item, 2)]
    assert found(not_loaded) == []
    assert rule in {each.rule for each in not_loaded.report.not_checked}


def test_default_values_are_known_to_every_directory():
    rows = spoilt((PERSON, 0, "Postcode", "ZZ99 3AA"), (CONTACT, 0, "Treatment_OrgSiteID", "89999"))
    context = replace(CONTEXT, sites={}, postcodes=frozenset())

    assert found(judged(rows, context)) == []


def test_made_up_people_are_not_welcome_in_live_use():
    verdict = judged(RIGHT, replace(CONTEXT, production=True))

    assert [each[0] for each in found(verdict)] == ["CP00106", "CP00106"]
