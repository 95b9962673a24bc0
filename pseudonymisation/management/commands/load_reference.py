"""`manage.py load_reference KIND FILE...`: take over published files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pseudonymisation.reference_files import take_over
from pseudonymisation.references import SYNTHETIC, ReferenceFault, reference_folder


class Command(BaseCommand):
    """Load a postcode directory, files of organisations, or assessment scales."""

    help = "Take over the ONS Postcode Directory, ODS files of organisations, or a SNOMED refset."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask which kind and which files."""
        parser.add_argument("kind", choices=["postcodes", "organisations", "assessments"])
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Convert them, and say how many rows there are."""
        folder = reference_folder()
        if folder == SYNTHETIC:
            raise CommandError("Set REFERENCE_FOLDER; the synthetic data stays as it is shipped.")
        try:
            rows = take_over(options["kind"], options["files"], folder)
        except ReferenceFault as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(f"{rows} {options['kind']} loaded.")
