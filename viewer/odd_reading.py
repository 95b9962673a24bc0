"""Notice odd reading of records: by the person's own habit, the hour, the persons, the limit."""

from collections import Counter
from datetime import datetime, timedelta
from statistics import median

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from portal import audit
from portal.alarms import Oddity, raise_alarm
from portal.models import AuditEvent, Provider, User
from viewer.budget import Spent
from viewer.models import RowsRead

HABIT = timedelta(days=28)


def watch_rows(person: User, provider: Provider, request: HttpRequest, share: float) -> None:
    """Raise what alarms a page of records calls for; `share` is how much of a limit is spent.

    Call it once the page's rows have been written down, in the same transaction.
    """
    limits, now = settings.ALARMS, timezone.localtime()
    today, most = _read_today(person, now), _habit(person, now)
    if today > most:
        raise_alarm(Oddity.ABOVE_HABIT, person, provider, request, rows=today, habit=round(most))
    if is_quiet(now.hour):
        raise_alarm(Oddity.QUIET_HOURS, person, provider, request, hour=now.hour)
    if 100 * share >= limits["budget_percent"]:
        raise_alarm(
            Oddity.BUDGET_NEARLY_SPENT, person, provider, request, percent=round(100 * share)
        )


def watch_persons(person: User, provider: Provider, request: HttpRequest) -> None:
    """Raise an alarm when somebody has opened many different journeys today."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    opened = AuditEvent.objects.filter(
        actor=f"person:{person.pk}", event=audit.Event.VIEWED_PERSON, at__gte=midnight
    )
    persons = opened.values("facts__pseudonym").distinct().count()
    if persons >= settings.ALARMS["persons"]:
        raise_alarm(Oddity.MANY_PERSONS, person, provider, request, persons=persons)


def watch_refused(person: User, provider: Provider, request: HttpRequest, spent: Spent) -> None:
    """Raise an alarm when somebody asks for more than the limit."""
    raise_alarm(Oddity.BUDGET_SPENT, person, provider, request, rows=spent.day)


def is_quiet(hour: int) -> bool:
    """Whether hardly anybody works at an hour of the day; the time may span midnight."""
    first, last = settings.ALARMS["quiet_from"], settings.ALARMS["quiet_to"]
    return first <= hour < last if first <= last else hour >= first or hour < last


def _read_today(person: User, now: datetime) -> int:
    """Return the rows that a person has been shown today, everywhere."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = RowsRead.objects.filter(person=person.pk, hour__gte=midnight)
    return sum(rows.values_list("rows", flat=True))


def _habit(person: User, now: datetime) -> float:
    """Return the most rows a day that are not odd for a person, from the days they have read."""
    limits = settings.ALARMS
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    earlier = RowsRead.objects.filter(
        person=person.pk, hour__gte=midnight - HABIT, hour__lt=midnight
    )
    days: Counter[object] = Counter()
    for hour, rows in earlier.values_list("hour", "rows"):
        days[timezone.localdate(hour)] += rows
    if len(days) < limits["habit_days"]:
        return float(limits["newcomers_rows"])
    return max(limits["least_rows"], limits["times_the_habit"] * median(days.values()))
