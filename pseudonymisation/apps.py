"""The pseudonymisation room."""

from django.apps import AppConfig


class PseudonymisationConfig(AppConfig):
    """Register the room with Django."""

    name = "pseudonymisation"
    default_auto_field = "django.db.models.BigAutoField"
