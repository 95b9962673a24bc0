"""`manage.py draw_access > docs/reference/access.md`, where both instances' apps are installed."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from portal.routes import events_table, table


class Command(BaseCommand):
    """Print who may open which page."""

    requires_system_checks: tuple[str, ...] = ()
    help = "Print the roles, and each page against each role, as Markdown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let the kinds of event be asked for instead."""
        parser.add_argument("--events", action="store_true", help="print the kinds of event")

    def handle(self, *args: object, **options: object) -> None:
        """Print the table."""
        self.stdout.write(events_table() if options["events"] else table(), ending="")
