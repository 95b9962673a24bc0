"""The pseudonymisation room."""

from django.apps import AppConfig


class PseudonymisationConfig(AppConfig):
    """Register the room and its check with Django."""

    name = "pseudonymisation"
    verbose_name = "Pseudonym keys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself."""
        from pseudonymisation import checks  # noqa: F401, PLC0415 - registers the check
