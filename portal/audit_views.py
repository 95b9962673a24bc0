"""The auditor's page: the trail, filtered, with the proof that its chain is whole."""

from collections import Counter
from datetime import date, timedelta
from typing import cast

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal import audit
from portal.access import with_power
from portal.alarms import SENTENCES as SENTENCES_OF_ALARMS
from portal.audit import SENTENCES, Event
from portal.audit_charts import draw_days
from portal.models import AuditCheckpoint, AuditEvent, Provider, User
from portal.paging import paging
from portal.verifying import verify_chain

EVENTS_A_PAGE = 50
DAYS = 28
ALARMS_SHOWN = 10
_VIEWS = ("viewed_quality", "viewed_aggregates", "viewed_overview", "viewed_submission")
_RECORDS = ("viewed_records", "viewed_person")


@with_power("read_trail")
def trail(request: HttpRequest) -> HttpResponse:
    """Show the audit trail; looking is itself written down."""
    wanted = {name: request.GET.get(name, "").strip() for name in ("person", "event", "provider")}
    events = _events(**wanted)
    page = paging(events.count(), EVENTS_A_PAGE, request.GET)
    audit.record(
        Event.VIEWED_TRAIL, actor=cast("User", request.user), request=request, page=page.page
    )
    alarms = AuditEvent.objects.filter(event=Event.ALARM_RAISED)
    refused = AuditEvent.objects.filter(
        event=Event.REFUSED, at__gte=timezone.now() - timedelta(days=7)
    )
    return render(
        request,
        "portal/audit.html",
        {
            "events": events[page.offset : page.offset + EVENTS_A_PAGE],
            "paging": page,
            "wanted": wanted,
            "verified": verify_chain(),
            "alarms": alarms[:ALARMS_SHOWN],
            "oddities": SENTENCES_OF_ALARMS,
            "checkpoint": AuditCheckpoint.objects.first(),
            "chart": draw_days(_days(), refused.count()),
            "sentences": SENTENCES,
            "providers": Provider.objects.all(),
        },
    )


def _events(person: str, event: str, provider: str) -> QuerySet[AuditEvent]:
    """Return the events that were asked for, newest first."""
    events = AuditEvent.objects.all()
    if person:
        events = events.filter(Q(actor_name__icontains=person) | Q(actor=person))
    if event in set(Event):
        events = events.filter(event=event)
    if provider:
        events = events.filter(provider=provider)
    return events


def _days() -> list[tuple[date, int, int, int]]:
    """Return, for each of the last days, how many pages, records and refusals there were."""
    first = timezone.localdate() - timedelta(days=DAYS - 1)
    counted: Counter[tuple[date, str]] = Counter()
    rows = (
        AuditEvent.objects.filter(at__date__gte=first, event__in=[*_VIEWS, *_RECORDS, "refused"])
        .annotate(day=TruncDate("at"))
        .values_list("day", "event")
        .annotate(count=Count("id"))
        .order_by()
    )
    for day, event, count in rows:
        kind = "pages" if event in _VIEWS else "records" if event in _RECORDS else "refused"
        counted[day, kind] += count
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return [
        (day, counted[day, "pages"], counted[day, "records"], counted[day, "refused"])
        for day in days
    ]
