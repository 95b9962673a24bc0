"""How many rows of records a person may be shown: by the hour and by the day, at each provider."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections
from django.db.models import QuerySet, Sum
from django.utils import timezone

from portal.models import Provider, User
from viewer.models import RowsRead

PER_HOUR, PER_DAY, PER_PROVIDER = 2_000, 8_000, 40_000


@dataclass(frozen=True)
class Spent:
    """What has been read in the last hour and day, and by everybody at the provider in a day."""

    hour: int
    day: int
    provider: int

    def leaves(self, rows: int) -> bool:
        """Whether that many rows more may still be read."""
        return self.share(rows) <= 1

    def share(self, rows: int) -> float:
        """Return how much of the tightest limit is spent once that many rows more are read."""
        limits = (
            (self.hour, getattr(settings, "ROWS_PER_HOUR", PER_HOUR)),
            (self.day, getattr(settings, "ROWS_PER_DAY", PER_DAY)),
            (self.provider, getattr(settings, "ROWS_PER_PROVIDER", PER_PROVIDER)),
        )
        return max((read + rows) / most for read, most in limits)


def hold(person: User, provider: Provider) -> Spent:
    """Return what has been spent, and let no other page of the provider spend until the commit.

    Call it inside a transaction on `default`; fifty sessions at once are served one by one.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [provider.code])
    now = timezone.now()
    mine = RowsRead.objects.filter(organisation=provider.code, person=person.pk)
    everybody = RowsRead.objects.filter(organisation=provider.code)
    return Spent(
        hour=_sum(mine, now - timedelta(hours=1)),
        day=_sum(mine, now - timedelta(days=1)),
        provider=_sum(everybody, now - timedelta(days=1)),
    )


def spend(person: User, provider: Provider, rows: int) -> None:
    """Write down that rows have been shown, in the same transaction as the audit event."""
    quarter = timezone.now().replace(second=0, microsecond=0)
    quarter -= timedelta(minutes=quarter.minute % 15)
    held, _ = RowsRead.objects.get_or_create(
        person=person.pk, organisation=provider.code, hour=quarter
    )
    held.rows += rows
    held.save(update_fields=["rows"])


def _sum(rows: "QuerySet[RowsRead]", since: datetime) -> int:
    """Return the rows read since a moment, by quarters of an hour, rounded up."""
    quarters = rows.filter(hour__gt=since - timedelta(minutes=15))
    return quarters.aggregate(sum=Sum("rows"))["sum"] or 0
