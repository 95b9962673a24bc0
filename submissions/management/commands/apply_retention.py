"""`manage.py apply_retention`: shred every file whose time is over. Run it daily."""

from typing import Any

from django.core.management.base import BaseCommand

from submissions.retention import apply_retention


class Command(BaseCommand):
    """Shred what is due."""

    help = "Shred the files of submissions whose retention period is over, with a certificate each."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Shred, and say how much."""
        shredded = 0
        while done := apply_retention():
            shredded += done
        self.stdout.write(f"{shredded} submissions shredded.")
