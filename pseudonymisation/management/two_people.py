"""A command that the first person gives to propose an act on a key, the second to confirm it."""

from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pseudonymisation.ceremonies import NotAKeeper, confirm, propose
from pseudonymisation.keys import KeyFault
from pseudonymisation.management.keepers import add_keeper, keeper
from pseudonymisation.models import Ceremony


class TwoPeopleCommand(BaseCommand):
    """Propose the act, or confirm it if another person has proposed it."""

    act: ClassVar[Ceremony.Act]

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who it is, which key and why."""
        parser.add_argument("epoch", type=int)
        add_keeper(parser)
        parser.add_argument("--because", default="", help="the reason, when you propose it")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Take this person's part."""
        person, epoch = keeper(options["email"]), options["epoch"]
        is_open = Ceremony.objects.filter(act=self.act, epoch=epoch, confirmed_at=None).exists()
        try:
            if is_open:
                confirm(self.act, epoch, by=person)
                self.stdout.write(f"Done: {self.act} epoch {epoch}.")
                return
            if not options["because"]:
                raise CommandError("Say why with --because.")
            propose(self.act, epoch, by=person, because=options["because"])
        except (NotAKeeper, KeyFault) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Proposed: {self.act} epoch {epoch}. A second person must confirm.")
