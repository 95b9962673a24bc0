"""The submissions room."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    """Register the room with Django."""

    name = "submissions"
    default_auto_field = "django.db.models.BigAutoField"
