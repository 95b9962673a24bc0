"""`manage.py seed_demo`: made-up providers and people in every role, for a demonstration."""

import secrets

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.demonstration import seed
from portal.environment import read


class Command(BaseCommand):
    """Make them, or set the password of those that are there; only in a demonstration."""

    help = "Make demonstration providers and people; DEMO_PASSWORD is everybody's password."

    def handle(self, *args: object, **options: object) -> None:
        """Print each person's address and role; and the password, if none was given."""
        if not settings.DEMONSTRATION:
            raise CommandError("People that everybody knows are made in a demonstration alone.")
        given = read("DEMO_PASSWORD", "")
        password = given or secrets.token_urlsafe(12)
        for person in seed(password):
            self.stdout.write(f"{person.email:30} {person.role.title}, {person.place}")
        if not given:
            self.stdout.write(f"password: {password}")
