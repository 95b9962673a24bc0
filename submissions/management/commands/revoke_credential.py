"""`manage.py revoke_credential ID`; without an id, the live credentials are listed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from submissions.credentials import live_credentials, revoke


class Command(BaseCommand):
    """Take a credential of the submission API back at once, or list those that live."""

    help = "Revoke a credential by its id, or list the live ones."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the credential."""
        parser.add_argument("id", nargs="?", help="the part of a key after its prefix")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401 - as Django calls it
        """Revoke or list."""
        if not options["id"]:
            for one in live_credentials():
                used = f"{one.used_at:%Y-%m-%d}" if one.used_at else "never"
                self.stdout.write(
                    f"{one.pk} {one.organisation} {one.kind} ends {one.expires_at:%Y-%m-%d}"
                    f" used {used} {one.name}".rstrip()
                )
            return
        found = live_credentials().filter(pk=options["id"]).first()
        if found is None:
            raise CommandError("There is no live credential with this id.")
        revoke(found, by="operator")
        self.stdout.write(f"{found.pk} is revoked.")
