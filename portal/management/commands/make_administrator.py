"""`manage.py make_administrator EMAIL NAME`: the first two, whom nobody is there to approve."""

from argparse import ArgumentParser

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from portal.grants import grant
from portal.models import Grant, User


class Command(BaseCommand):
    """Make the first two administrators; from then on they approve the others."""

    help = "Make one of the first two administrators, who approve each other's successors."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address and the name."""
        parser.add_argument("email")
        parser.add_argument("name")

    @transaction.atomic
    def handle(self, *args: object, **options: object) -> None:
        """Make the account, with no password yet, and grant the role by the installation."""
        standing = Grant.objects.in_force().filter(role="administrator").values("person").distinct()
        if standing.count() > 1:
            raise CommandError("There are two administrators: they grant the role to others.")
        email, name = str(options["email"]).lower(), str(options["name"])
        person = User.objects.filter(email=email).first()
        person = person or User.objects.create_user(email, name=name)
        EmailAddress.objects.get_or_create(
            user=person, email=email, defaults={"verified": True, "primary": True}
        )
        grant(person, "administrator", by=None, reason="first administrators")
        self.stdout.write(
            f"{email} is an administrator; the password is chosen at 'I cannot sign in'."
        )
