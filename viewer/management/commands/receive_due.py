"""Load what waits in the hand-over store; the worker runs this in a child of its own."""

from django.core.management.base import BaseCommand

from portal.lifeline import tie_to_parent
from viewer.receiving import receive_due


class Command(BaseCommand):
    """`manage.py receive_due`: load every transfer that waits, then end."""

    help = "Load, count and acknowledge every transfer that waits in the hand-over store."

    def handle(self, *args: object, **options: object) -> None:
        """Load what is due and say how many transfers were settled."""
        tie_to_parent()
        self.stdout.write(f"Transfers settled: {receive_due()}")
