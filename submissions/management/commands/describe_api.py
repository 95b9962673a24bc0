"""`manage.py describe_api > docs/reference/openapi.yaml`."""

from django.core.management.base import BaseCommand

from submissions.api.describing import description


class Command(BaseCommand):
    """Print the description of the submission API."""

    help = "Print the OpenAPI description of the submission API."

    def handle(self, *args: object, **options: object) -> None:
        """Print it."""
        self.stdout.write(description(), ending="")
