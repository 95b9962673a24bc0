"""`manage.py new_key --as EMAIL [--wrap]`: make the key of the next epoch, pending."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pseudonymisation.ceremonies import NotAKeeper, make_key
from pseudonymisation.keys import KeyFault
from pseudonymisation.management.keepers import add_keeper, keeper


class Command(BaseCommand):
    """Make a pseudonym key."""

    help = "Make the pseudonym key of the next epoch; it waits until two people activate it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who it is and which kind of key."""
        add_keeper(parser)
        parser.add_argument(
            "--wrap", action="store_true", help="hash the pseudonyms of the active key"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Make it and say its epoch."""
        try:
            epoch = make_key(keeper(options["email"]), wrap=options["wrap"])
        except (NotAKeeper, KeyFault) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Key of epoch {epoch} is pending.")
