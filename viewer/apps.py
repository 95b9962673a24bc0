"""The viewer room."""

from django.apps import AppConfig


class ViewerConfig(AppConfig):
    """Register the room with Django."""

    name = "viewer"
    default_auto_field = "django.db.models.BigAutoField"
