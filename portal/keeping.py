"""Keep organisations, banners and days off as somebody wrote them, with the event beside them."""

from collections.abc import Collection

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest

from portal import audit
from portal.models import Banner, CalendarException, Organisation, Provider, User
from portal.operations import BANNERS

Kept = Organisation | Provider | Banner | CalendarException
_EVENTS = {
    Organisation: audit.Event.ORGANISATION_CHANGED,
    Provider: audit.Event.ORGANISATION_CHANGED,
    Banner: audit.Event.SETTING_CHANGED,
    CalendarException: audit.Event.SETTING_CHANGED,
}


@transaction.atomic
def keep(
    thing: Kept, *, by: User, request: HttpRequest | None = None, changed: Collection[str] = ()
) -> None:
    """Keep an organisation, provider, banner or day off, new or changed; both rows or neither."""
    thing.save()
    audit.record(
        _EVENTS[type(thing)],
        actor=by,
        provider=thing if isinstance(thing, Provider) else None,
        request=request,
        kind=type(thing).__name__.lower(),
        key=str(thing.pk),
        fields=",".join(changed)[:200],
    )
    transaction.on_commit(lambda: cache.delete(BANNERS))
