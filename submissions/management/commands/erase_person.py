"""`manage.py erase_person --as EMAIL --and EMAIL --because WHY`; the NHS number is asked for."""

from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pseudonymisation.ceremonies import NotAKeeper
from pseudonymisation.keys import KeyFault
from pseudonymisation.management.keepers import add_two_keepers, keeper
from submissions.apart import ErrandFailed
from submissions.erasure import StillMoving, erase_person


class Command(BaseCommand):
    """Erase one person from every submission, on both sides."""

    help = "Erase a person by NHS number, which is typed and never stored; two people agree."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who they are and why."""
        add_two_keepers(parser)
        parser.add_argument("--because", required=True)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Erase, and say what was found."""
        first, second = keeper(options["email"]), keeper(options["second"])
        number = "".join(filter(str.isdigit, getpass("NHS number: ")))
        try:
            erasure = erase_person(number, first=first, second=second, because=options["because"])
        except (NotAKeeper, StillMoving, KeyFault, ErrandFailed) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"{erasure.searched} submissions searched, {erasure.held} held the person, "
            f"{erasure.restated} restated."
        )
