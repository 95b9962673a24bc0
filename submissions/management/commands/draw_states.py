"""`manage.py draw_states > docs/reference/submission-states.md`."""

from django.core.management.base import BaseCommand

from submissions.states import page


class Command(BaseCommand):
    """Print the states of a submission and the moves between them."""

    help = "Print the submission states as a page with a Mermaid diagram."

    def handle(self, *args: object, **options: object) -> None:
        """Print the page."""
        self.stdout.write(page(), ending="")
