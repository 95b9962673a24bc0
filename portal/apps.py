"""The portal: people, providers, roles and the specification."""

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.db.models.signals import post_migrate, post_save


class PortalConfig(AppConfig):
    """Load Celery and the checks with Django, and keep roles and permissions in step."""

    name = "portal"
    verbose_name = "Organisations, people and access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import what registers itself."""
        from portal import celery, checks, sign_in  # noqa: F401, PLC0415 - they register themselves

        post_migrate.connect(_keep_roles_in_step, sender=self)
        post_save.connect(_open_to_roles_everywhere, sender="portal.Provider")


def _keep_roles_in_step(sender: AppConfig, using: str, **_: object) -> None:
    """After a migration, give every group what its role declares."""
    from portal.memberships import synchronise_roles  # noqa: PLC0415 - needs the models

    if using == "default":
        create_permissions(sender, using=using, verbosity=0)
        synchronise_roles()


def _open_to_roles_everywhere(created: bool, **_: object) -> None:  # noqa: FBT001 - Django's signal
    """Let the roles that are held everywhere see a new provider."""
    from portal.memberships import synchronise_roles  # noqa: PLC0415 - needs the models

    if created:
        synchronise_roles(everywhere_only=True)
