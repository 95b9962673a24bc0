"""`manage.py tidy_access`, once a day: end what is over, and remind of what ends soon."""

from django.core.management.base import BaseCommand

from portal.governing import remind
from portal.memberships import synchronise, synchronise_roles


class Command(BaseCommand):
    """Put groups in step with grants and roles, and send the reminders."""

    help = "Put groups in step with grants, and remind people of roles that end soon."

    def handle(self, *args: object, **options: object) -> None:
        """Print how many people were out of step and how many were reminded."""
        synchronise_roles()
        self.stdout.write(f"{synchronise()} people put in step, {remind()} reminded")
