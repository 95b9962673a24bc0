"""`manage.py rotate_key --as EMAIL`: take every record over into the active key, at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.access import has_power
from pseudonymisation.keys import KeyFault
from pseudonymisation.management.keepers import add_keeper, keeper
from submissions.apart import ErrandFailed
from submissions.rotating import NoAnswer, OriginalsGone, rotate


class Command(BaseCommand):
    """Pseudonymise what is retained again, after a new key was activated."""

    help = "Send what stands again, or wrap what is held; the other side switches at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who it is."""
        add_keeper(parser)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Send, and say what was sent."""
        person = keeper(options["email"])
        if not has_power(person, "administer"):
            raise CommandError("Only an administrator rotates keys.")
        try:
            for one in rotate(by=person):
                done = f"{one.sent} submissions sent again, {one.renamed} pseudonyms wrapped"
                self.stdout.write(f"{one.provider}: {done}.")
        except (OriginalsGone, NoAnswer, KeyFault, ErrandFailed) as refusal:
            raise CommandError(str(refusal)) from None
