"""`manage.py close_collection --as EMAIL --and EMAIL`; give it again until it says it is closed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pseudonymisation.ceremonies import NotAKeeper
from pseudonymisation.keys import KeyFault
from pseudonymisation.management.keepers import add_two_keepers, keeper
from submissions.closing import NotOver, close_collection


class Command(BaseCommand):
    """Close the collection after its end."""

    help = "Withdraw what stands, shred every file and, once that is answered, destroy every key."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who they are."""
        add_two_keepers(parser)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Take the next step, and say whether it was the last."""
        first, second = keeper(options["email"]), keeper(options["second"])
        try:
            closed = close_collection(first=first, second=second)
        except (NotAKeeper, NotOver, KeyFault) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("The collection is closed." if closed else "Waiting for answers.")
