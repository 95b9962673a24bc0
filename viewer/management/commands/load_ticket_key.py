"""Put the ticket key in the database; run as the owner after `migrate`."""

from django.core.management.base import BaseCommand

from portal.row_security import load_key
from portal.scope import ticket_key


class Command(BaseCommand):
    """`manage.py load_ticket_key`, with DATABASE_URL naming the owner."""

    help = "Let the database verify tickets signed with the key in TICKET_KEY_FILE."

    def handle(self, *args: object, **options: object) -> None:
        """Load the key and say its public name."""
        self.stdout.write(f"Tickets of key {load_key(ticket_key())} are verified from now on.")
