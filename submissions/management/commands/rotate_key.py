"""`manage.py rotate_key --as EMAIL`: take every record over into the active key, at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.access import has_power
from pseudonymisation.keys import KeyFault
from pseudonymisation.management.keepers import add_keeper, keeper
from submissions.apart import ErrandFailed
from submissions.rotating import OriginalsGone, rotate


class Command(BaseCommand):
    """Pseudonymise what is retained again, after a new key was activated."""

    help = "Send what stands again under the active key; the other side then switches at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who it is."""
        add_keeper(parser)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Send, and say what was sent."""
        person = keeper(options["email"])
        if not has_power(person, "administer"):
            raise CommandError("Only an administrator rotates keys.")
        try:
            for provider, sent in rotate(by=person):
                self.stdout.write(f"{provider}: {sent} submissions sent again.")
        except (OriginalsGone, KeyFault, ErrandFailed) as refusal:
            raise CommandError(str(refusal)) from None
