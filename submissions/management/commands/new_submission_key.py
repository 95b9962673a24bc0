"""`manage.py new_submission_key ORGANISATION [--json] [--into FILE]`."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.models import Organisation, Provider
from submissions.credentials import DAYS, Terms, TooManyKeys, new_key


class Command(BaseCommand):
    """Make a submission key; its text is shown once, here, or written to a file of its owner."""

    help = "Make a key for the submission API. It is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the organisation and where the key goes."""
        parser.add_argument("organisation", help="code of a provider or submitting organisation")
        parser.add_argument("--name", default="")
        parser.add_argument("--days", type=int, default=DAYS)
        parser.add_argument("--address", action="append", default=[], help="network it may use")
        parser.add_argument("--into", type=Path, help="write the key to this new file (0600)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401 - as Django calls it
        """Make the key and show or write it."""
        code = options["organisation"]
        known = Provider.objects.filter(pk=code) or Organisation.objects.filter(pk=code)
        if not known:
            raise CommandError("There is no provider or organisation with this code.")
        try:
            credential, text = new_key(
                code,
                by="operator",
                terms=Terms(options["name"], options["days"], addresses=options["address"]),
            )
        except TooManyKeys as many:
            raise CommandError(str(many)) from many
        if options["into"]:
            _write(options["into"], text)
            text = ""
        shown = {"id": credential.pk, "token": text, "expires": str(credential.expires_at)}
        self.stdout.write(json.dumps(shown) if options["json"] else text or credential.pk)


def _write(path: Path, text: str) -> None:
    """Write a key to a new file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
