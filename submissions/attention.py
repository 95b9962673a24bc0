"""What a provider has to do first, and how today's expected tables stand, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from portal.models import Provider
from portal.specification import Table, load_data_set, version_in_force, versions
from portal.wording import plural, short_day, weekday
from submissions.days import newest_by_day
from submissions.expectations import DayState, days
from submissions.models import Submission, TableCount
from submissions.presenting import Tag, tag
from submissions.states import Mode, State

LOOKED_BACK = timedelta(days=13)
RECENTLY = timedelta(days=3)
SHOWN = 3


@dataclass(frozen=True)
class Need:
    """Something to be done: about what, how it stands, and where it is put right."""

    about: str
    said: str
    link: str
    href: str
    reference: str = ""


@dataclass(frozen=True)
class Expected:
    """One table of the day that is expected: how it stands, and how many rows came."""

    table: Table
    tag: Tag
    rows: int | None = None


def needs(provider: Provider, last: date) -> list[Need]:
    """Return what a provider has to do, the newest day first; older than two weeks is left out."""
    return [*_refused(provider), *_stopped(provider, last), *_missing(provider, last)]


def _refused(provider: Provider) -> Iterator[Need]:
    """Yield the last submission, if the door refused it and nothing has come since."""
    newest = provider.submissions.filter(mode=Mode.LIVE).first()
    is_new = newest and timezone.now() - newest.started_at < RECENTLY
    if newest and is_new and newest.state == State.REFUSED:
        said = f"wrong format, {plural(newest.fault_count, 'fault')}; nothing was kept"
        yield _need("Your last files", said, newest)


def _stopped(provider: Provider, last: date) -> Iterator[Need]:
    """Yield the days whose newest submission was rejected or stopped."""
    newest = newest_by_day(provider, last - LOOKED_BACK, last)
    for day, submission in sorted(newest.items(), reverse=True):
        shown = tag(submission)
        if shown.tone != "bad":
            continue
        said = shown.text.lower()
        if submission.state == State.REJECTED:
            broken = submission.rules.exclude(severity="warning").count()
            said = f"{said}, {plural(broken, 'rule')} broken" if broken else said
        yield _need(weekday(day), said, submission)


def _missing(provider: Provider, last: date) -> Iterator[Need]:
    """Yield the days of which nothing has come in time, in one line."""
    span = days(provider, last - LOOKED_BACK, last)
    missing = [short_day(one.day) for one in span if one.state is DayState.MISSING]
    if missing:
        shown = ", ".join(missing[-SHOWN:]) + (" and earlier" if len(missing) > SHOWN else "")
        href = reverse("submissions:submit", args=[provider.code])
        yield Need(shown, "nothing has been received", "Submit data", href)


def _need(about: str, said: str, submission: Submission) -> Need:
    """Return what is to be done about a submission."""
    name = "submissions:quality_report"
    link = "See what to correct"
    if submission.state not in {State.REJECTED, State.REFUSED}:
        name, link = "submissions:index_one", "Look at it"
    href = reverse(name, args=[submission.provider_id, submission.reference])
    return Need(about, said, link, href, submission.reference)


def expected_tables(day: date, of_day: Submission | None, *, nil: bool) -> list[Expected]:
    """Return how each table stands that may be sent for a day, but for the header."""
    version = version_in_force(settings.DATA_SET, day) or versions(settings.DATA_SET)[-1]
    data_set = load_data_set(settings.DATA_SET, of_day.version if of_day else version)
    tables = [table for table in data_set.order if table is not data_set.header]
    if of_day is None:
        shown = Tag("Nil return", "good") if nil else Tag("Not received", "quiet")
        return [Expected(table, shown) for table in tables]
    counts = {row.table: row for row in of_day.tables.all()}
    return [_expected(table, of_day, counts.get(table.name)) for table in tables]


def _expected(table: Table, of_day: Submission, count: TableCount | None) -> Expected:
    """Return how one table of a submission stands."""
    if of_day.state in {State.RECEIVED, State.CHECKING, State.FAILED, State.QUARANTINED}:
        return Expected(table, tag(of_day), of_day.progress.get("rows", {}).get(table.name))
    if count is None:
        return Expected(table, Tag("None sent", "quiet"))
    if of_day.state == State.REJECTED:
        return Expected(table, Tag("Rejected", "bad"), count.received)
    if lost := count.rejected + count.cascaded:
        return Expected(table, Tag(f"{plural(lost, 'row')} left out", "warn"), count.received)
    shown = Tag("Accepted with warnings", "warn") if count.warned else Tag("Accepted", "good")
    return Expected(table, shown, count.received)
