"""What administrators see of pseudonym keys: epochs, their states and ceremonies; never a key."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Case, Model, Q, QuerySet, Value, When
from django.http import HttpRequest

from portal.administration import Seen, site
from portal.audit import Event
from pseudonymisation.ceremonies import states
from pseudonymisation.keys import KeyFault
from pseudonymisation.models import Ceremony, KeyWitness

UNKNOWN = "not known: the key store does not answer"


@admin.register(KeyWitness, site=site)
class Epochs(Seen):
    """The epochs of the key ring: when each key was first seen, and what state it is in."""

    tells = (Event.KEY_CHANGED,)
    list_display = ("epoch", "state", "check_value", "seen_at")
    fields = ("epoch", "state", "check_value", "seen_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Ask the key store once for the state of every key."""
        try:
            known = states()
        except KeyFault:
            known = {}
        cases = [When(epoch=epoch, then=Value(state.value)) for epoch, state in known.items()]
        state = Case(*cases, default=Value(UNKNOWN)) if cases else Value(UNKNOWN)
        seen = super().get_queryset(request).annotate(known_state=state)
        return cast("QuerySet[Any]", seen)

    @admin.display(description="state", ordering="known_state")
    def state(self, seen: Any) -> str:  # noqa: ANN401 - annotated by the query above
        """Return what a key is used for now."""
        return str(seen.known_state).capitalize()

    def trail(self, thing: Model) -> Q:
        """Find the events of a key."""
        return Q(event__in=self.tells, facts__epoch=thing.pk)


@admin.register(Ceremony, site=site)
class Ceremonies(Seen):
    """What was done to keys, by which two people, and why."""

    tells = (Event.KEY_CHANGED,)
    list_display = ("act", "epoch", "proposed_by", "proposed_at", "confirmed_by", "confirmed_at")
    list_select_related = ("proposed_by", "confirmed_by")
    list_filter = ("act", "epoch", "confirmed_at")
    search_fields = ("because", "proposed_by__name", "confirmed_by__name")

    def trail(self, thing: Model) -> Q:
        """Find the events of the key of a ceremony."""
        return Q(event__in=self.tells, facts__epoch=getattr(thing, "epoch", None))
