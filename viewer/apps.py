"""The viewer room."""

from django.apps import AppConfig


class ViewerConfig(AppConfig):
    """Register the room with Django."""

    name = "viewer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let nobody read a record before the wall in the database has been seen to stand.

        Show the operators the room's panels.
        """
        from viewer.operating import show_panels  # noqa: PLC0415 - needs the models
        from viewer.wall import watch_connections  # noqa: PLC0415 - needs the apps

        watch_connections()
        show_panels()
