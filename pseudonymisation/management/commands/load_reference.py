"""`manage.py load_reference postcodes|organisations FILE`: take over a published file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pseudonymisation.reference_files import take_over
from pseudonymisation.references import SYNTHETIC, ReferenceFault, reference_folder


class Command(BaseCommand):
    """Load a postcode directory or an organisation file."""

    help = "Take over the ONS Postcode Directory or an ODS file of practices."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask which kind and which file."""
        parser.add_argument("kind", choices=["postcodes", "organisations"])
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Convert it, and say how many rows it has."""
        folder = reference_folder()
        if folder == SYNTHETIC:
            raise CommandError("Set REFERENCE_FOLDER; the synthetic data stays as it is shipped.")
        try:
            rows = take_over(options["kind"], options["file"], folder)
        except ReferenceFault as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(f"{rows} {options['kind']} loaded.")
