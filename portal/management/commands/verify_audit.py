"""`manage.py verify_audit`: recompute the whole audit trail's chain."""

from django.core.management.base import BaseCommand, CommandError

from portal.verifying import verify_chain


class Command(BaseCommand):
    """Say whether the trail is whole; keep the head that it prints somewhere else."""

    help = "Verify the chain of the audit trail."

    def handle(self, *args: object, **options: object) -> None:
        """Print the number of events and the head; fail at the first event that does not fit."""
        found = verify_chain()
        if found.broken_at is not None:
            raise CommandError(f"The audit trail is broken at event {found.broken_at}.")
        if not found.ends_well:
            raise CommandError("The audit trail has lost events at its end.")
        self.stdout.write(f"The audit trail is whole: {found.events} events, head {found.head}")
