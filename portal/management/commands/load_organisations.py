"""`manage.py load_organisations FILE.csv`: add or change organisations and providers."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from portal.organisations import COLUMNS, UnreadableOrganisations, load_organisations


class Command(BaseCommand):
    """Load all of a file or nothing of it."""

    help = f"Load organisations and providers from a CSV file: {','.join(COLUMNS)}"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, **options: Path) -> None:
        """Print how many organisations and providers were loaded."""
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file:
                others, providers = load_organisations(file)
        except UnreadableOrganisations as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write(f"{others} organisations and {providers} providers loaded")
