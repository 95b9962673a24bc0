"""The submissions room."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    """Register the room with Django."""

    name = "submissions"
    verbose_name = "Submission keys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show the operators the room's panels."""
        from submissions.operating import show_panels  # noqa: PLC0415 - needs the models

        show_panels()
