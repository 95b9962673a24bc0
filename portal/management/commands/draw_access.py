"""`manage.py draw_access > docs/reference/access.md`, where both instances' apps are installed."""

from collections.abc import Sequence

from django.core.management.base import BaseCommand

from portal.routes import table


class Command(BaseCommand):
    """Print who may open which page."""

    requires_system_checks: Sequence[str] = ()
    help = "Print the roles, and each page against each role, as Markdown."

    def handle(self, *args: object, **options: object) -> None:
        """Print the table."""
        self.stdout.write(table(), ending="")
