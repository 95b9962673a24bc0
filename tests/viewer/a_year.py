"""A year of one provider's days in the record tables: referrals stated daily until discharged."""

import uuid
from datetime import date

FIRST_DAY, DAYS = date(2023, 4, 1), 366
REFERRALS_A_DAY, OPEN_FOR = 20, 50  # 1,000 open referrals are stated again on every day
# Referral r is received on day r / 20 and stated until it is discharged 50 days later.
STATED = f"""
FROM generate_series(0, {DAYS - 1}) AS d
CROSS JOIN LATERAL generate_series(
    (d - {OPEN_FOR}) * {REFERRALS_A_DAY}, d * {REFERRALS_A_DAY} + {REFERRALS_A_DAY - 1}
) AS r
CROSS JOIN LATERAL (SELECT floor(r / {REFERRALS_A_DAY}.0)::int AS began) AS b
CROSS JOIN LATERAL (SELECT d = least(began + {OPEN_FOR}, {DAYS - 1}) AS newest) AS n
"""
REFERRAL = "md5('r' || r)::uuid"
BEGAN = f"DATE '{FIRST_DAY}' + began"
ENDED = f"CASE WHEN d = began + {OPEN_FOR} THEN DATE '{FIRST_DAY}' + d END"
TABLES = {
    "cyp001mpi": {"LocalPatient_Pseudo": "md5('p' || r)::uuid"},
    "cyp101referral": {
        "Referral_Pseudo": REFERRAL,
        "LocalPatient_Pseudo": "md5('p' || r)::uuid",
        "ReferralRequest_ReceivedDate": BEGAN,
        "Discharge_Date": ENDED,
        "SourceOfReferral": "lpad((abs(r) % 12)::text, 2, '0')",
    },
    "cyp102servicetypereferredto": {
        "Referral_Pseudo": REFERRAL,
        "TeamType": "'12'",
        "SitRep_ServiceLine": "'A' || lpad((1 + abs(r) % 30)::text, 2, '0')",
    },
    "cyp104rtt": {
        "Referral_Pseudo": REFERRAL,
        "RTT_StartDate": BEGAN,
        "RTT_Status": "'20'",
        "WaitingTime_MeasurementType": "CASE WHEN r % 5 = 0 THEN '05' ELSE '01' END",
    },
}
CONTACTS = f"""
INSERT INTO viewer_cyp201carecontact (provider, period_end, transfer, row, history, newest,
    "CareContact_Pseudo", "Referral_Pseudo", "Contact_Date", "AttendanceStatus", "ConsMechanism",
    "AgeBand_Contact_Date")
SELECT {{place}}, md5('c' || r || '-' || d)::uuid, TRUE, md5('c' || r || '-' || d)::uuid,
    {REFERRAL},
    DATE '{FIRST_DAY}' + d, CASE WHEN r % 9 = 0 THEN '3' ELSE '5' END, '0' || (1 + r % 4),
    (r % 18 * 5)::text
{STATED} WHERE d > began + 10 AND (r + d) % 4 = 0
"""


def statements(provider):
    """The statements that make the year's rows of a provider, inside its scope."""
    place = f"'{provider}', DATE '{FIRST_DAY}' + d, '{uuid.UUID(int=1)}'::uuid, 1"
    for table, columns in TABLES.items():
        names = ", ".join(f'"{name}"' for name in columns)
        yield (
            f"INSERT INTO viewer_{table} (provider, period_end, transfer, row, history,"
            f" newest, {names}) SELECT {place}, md5('{table}' || r)::uuid, newest,"
            f" {', '.join(columns.values())} {STATED}"
        )
    yield CONTACTS.format(place=place)
