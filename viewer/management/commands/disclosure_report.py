"""`manage.py disclosure_report`: how easily a person could be told apart; ends 1 over the bar."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from viewer.reidentification import EVERYBODY, assess
from viewer.relations import newest_data_set


class Command(BaseCommand):
    """Print the re-identification report."""

    help = "Count the persons who share what is held about them with too few others."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - given by Django
        """Print a line for each provider and one for all, and fail if that is over the bar."""
        bar = newest_data_set().disclosure
        few = f"k < {bar.fewest_alike}"
        self.stdout.write(f"{'where':<16}{'persons':>10}{'unique':>10}{few:>10}{'%':>8}")
        risks = list(assess())
        for risk in risks:
            self.stdout.write(
                f"{risk.where:<16}{risk.persons:>10}{risk.unique:>10}{risk.few:>10}{risk.percent:>8.2f}"
            )
        if any(risk.is_too_high for risk in risks if risk.where == EVERYBODY):
            raise CommandError(
                f"{bar.most_percent} % of persons or more have fewer than {bar.fewest_alike} alike."
            )
