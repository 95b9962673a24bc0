"""The portal: people, providers, roles and the specification."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Load Celery and the checks with Django."""

    name = "portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself."""
        from portal import celery, checks  # noqa: F401, PLC0415 - they register themselves
