"""Settings of who watches: the audit trail's checkpoints, and when reading is odd."""

from portal.environment import read

# the Ed25519 key that signs the checkpoints, and where their second copy is kept: a folder or a
# bucket that can be written to and not deleted from
CHECKPOINT_KEY_FILE = read("CHECKPOINT_KEY_FILE")
CHECKPOINTS_URL = read("CHECKPOINTS_URL")

# when reading records is odd enough to tell the provider's approvers and the auditors
ALARMS = {
    "times_the_habit": 4,  # rows of a day, against the person's own median of four weeks
    "least_rows": 500,  # below which no day is odd
    "newcomers_rows": 2_000,  # of a person without a habit yet
    "habit_days": 5,  # of reading, from which there is a habit
    "quiet_from": 22,  # hours of the day, local time
    "quiet_to": 6,
    "persons": 60,  # different journeys in a day
    "budget_percent": 80,  # of any limit of records
    "refusals": 10,  # in so many minutes
    "refusal_minutes": 10,
}
