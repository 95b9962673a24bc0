"""The calendar: for which days something is expected of a provider, and what has come of it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal import audit
from portal.models import CalendarException, Provider
from portal.specification import version_in_force
from submissions.bank_holidays import is_bank_holiday
from submissions.models import Expectation, NilReturn, Submission
from submissions.refusals import Refusal
from submissions.states import STANDING, Mode, State

SATURDAY = 5
WORKING = frozenset({State.RECEIVED, State.CHECKING})


class DayState(StrEnum):
    """How a day stands in the calendar."""

    RECEIVED = "received"
    LATE = "late"
    MISSING = "missing"
    NIL = "nil"
    OUTAGE = "outage"
    EXPECTED = "expected"
    NOT_EXPECTED = "not_expected"


@dataclass(frozen=True)
class Day:
    """One day of a provider's calendar, when its data is due, and the submission that came."""

    day: date
    state: DayState
    due: datetime | None = None
    reference: str | None = None


class DayTaken(Refusal):
    """A day cannot be both nil and filled."""

    status = 409
    kind = "day-taken"
    title = "This day has data already"
    remedy = "Withdraw the submission first, if nothing should stand for this day."


def days(provider: Provider, first: date, last: date) -> tuple[Day, ...]:
    """Return how each day from the first to the last stands for a provider."""
    rule = Expectation.objects.filter(provider=provider).first() or Expectation(
        provider=provider, starts=provider.opted_in_on or date.max
    )
    came = _came(provider, first, last)
    nil = set(provider.nil_returns.values_list("day", flat=True))
    excused = set(
        CalendarException.objects.filter(Q(provider=provider) | Q(provider=None)).values_list(
            "day", flat=True
        )
    )
    span = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return tuple(_day(each, rule, came.get(each), each in nil, each in excused) for each in span)


def missing(provider: Provider, day: date) -> bool:
    """Whether a day's data is due and has not come."""
    return days(provider, day, day)[0].state is DayState.MISSING


@transaction.atomic
def declare_nil(provider: Provider, day: date, *, by: str, because: str) -> NilReturn:
    """Write down that a provider has nothing to send for a day. Raises DayTaken."""
    if day in _came(provider, day, day):
        raise DayTaken("There is a submission for this day.")
    declared, made = NilReturn.objects.get_or_create(
        provider=provider, day=day, defaults={"by": by, "because": because}
    )
    if made:
        audit.record(
            audit.Event.SUBMITTED, actor=by, provider=provider, nil=True, day=day.isoformat()
        )
    return declared


def is_expected(rule: Expectation, day: date) -> bool:
    """Whether the rule and the collection ask for a day at all."""
    if day < rule.starts or (rule.ends and day > rule.ends):
        return False
    if version_in_force(settings.DATA_SET, day) is None:
        return False
    if not rule.weekends and day.weekday() >= SATURDAY:
        return False
    return rule.bank_holidays or not is_bank_holiday(day)


def _day(day: date, rule: Expectation, came: Submission | None, *excuses: bool) -> Day:
    """How one day stands; `excuses`: a nil return, an exception."""
    nil, excused = excuses
    due = timezone.make_aware(datetime.combine(day + timedelta(days=1), time(rule.hour)))
    if came:
        late = came.received_at is not None and came.received_at > due and is_expected(rule, day)
        return Day(day, DayState.LATE if late else DayState.RECEIVED, due, came.reference)
    if nil:
        return Day(day, DayState.NIL, due)
    if excused:
        return Day(day, DayState.OUTAGE, due)
    if not is_expected(rule, day):
        return Day(day, DayState.NOT_EXPECTED)
    return Day(day, DayState.MISSING if timezone.now() > due else DayState.EXPECTED, due)


def _came(provider: Provider, first: date, last: date) -> dict[date, Submission]:
    """The first live submission that stands, or is being worked on, for each day."""
    found = Submission.objects.filter(
        provider=provider,
        mode=Mode.LIVE,
        period_end__range=(first, last),
        state__in=[State.SUPERSEDED, *STANDING, *WORKING],
    )
    by_day: dict[date, Submission] = {}
    for submission in found.order_by("received_at"):
        if submission.period_end:
            by_day.setdefault(submission.period_end, submission)
    return by_day
