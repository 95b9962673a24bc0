"""`manage.py verify_audit`: recompute the trail's chain, and hold it against its checkpoints."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.audit_checkpoints import signing_key
from portal.manifests import read_verify_key
from portal.models import AuditCheckpoint
from portal.verifying import verify_chain, verify_checkpoints


class Command(BaseCommand):
    """Say whether the trail is whole, or exactly what is broken."""

    help = "Verify the chain of the audit trail and its signed checkpoints."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the public key to verify with; without it, that of this instance's own key."""
        parser.add_argument("--key", type=Path, help="public key of the checkpoints (PEM)")

    def handle(self, *args: object, **options: Path | None) -> None:
        """Print every fault and fail, or print the number of events, the head and checkpoints."""
        chosen = options["key"]
        key = read_verify_key(chosen) if chosen else signing_key().public_key()
        found = verify_chain()
        faults = [*found.faults, *verify_checkpoints(key)]
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"The audit trail is broken in {len(faults)} ways.")
        checkpoints = AuditCheckpoint.objects.count()
        self.stdout.write(
            f"The audit trail is whole: {found.events} events, head {found.head}, "
            f"{checkpoints} signed checkpoints in both places."
        )
