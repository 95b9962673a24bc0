"""`manage.py new_client ORGANISATION KEYS.json`."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.models import Organisation, Provider
from submissions.credentials import DAYS, Terms, UnfitKeys, new_client


class Command(BaseCommand):
    """Register a client that signs its requests for a token."""

    help = "Register a client by its public keys (a JSON Web Key Set)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the organisation and the file of its public keys."""
        parser.add_argument("organisation", help="code of a provider or submitting organisation")
        parser.add_argument("keys", type=Path, help="file with a JSON Web Key Set, public only")
        parser.add_argument("--name", default="")
        parser.add_argument("--days", type=int, default=DAYS)
        parser.add_argument("--address", action="append", default=[], help="network it may use")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401 - as Django calls it
        """Register the client and print its identity."""
        code = options["organisation"]
        if not (Provider.objects.filter(pk=code) or Organisation.objects.filter(pk=code)):
            raise CommandError("There is no provider or organisation with this code.")
        terms = Terms(options["name"], options["days"], addresses=options["address"])
        try:
            keys = json.loads(options["keys"].read_text(encoding="utf-8"))
            client = new_client(code, keys, by="operator", terms=terms)
        except (OSError, ValueError, UnfitKeys) as wrong:
            raise CommandError(f"These keys cannot be used: {wrong}") from wrong
        self.stdout.write(client.pk)
