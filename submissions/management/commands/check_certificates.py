"""`manage.py check_certificates`: hold every deletion certificate against its signature."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.manifests import read_signing_key
from submissions.certificates import is_genuine
from submissions.models import DeletionCertificate


class Command(BaseCommand):
    """Check the deletion certificates."""

    help = "Check that every deletion certificate says what this instance signed; else end with 1."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Print each certificate that does not hold, and how many do."""
        key = read_signing_key(Path(settings.SIGNING_KEY_FILE)).public_key()
        certificates = list(DeletionCertificate.objects.order_by("pk"))
        false = [one for one in certificates if not is_genuine(one, key)]
        for one in false:
            self.stdout.write(f"{one} is not what was signed.")
        if false:
            raise CommandError(f"{len(false)} of {len(certificates)} certificates do not hold.")
        self.stdout.write(f"All {len(certificates)} certificates hold.")
