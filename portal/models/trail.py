"""The audit trail as a model to read; its table is the database's, and portal.audit writes it."""

from django.db import models


class AuditEvent(models.Model):
    """One thing that happened. No foreign keys: the trail outlives what it tells of.

    The table is made by a migration in SQL and is not managed: Django neither alters nor empties
    it. The database numbers, dates and chains each row, and refuses to change or delete one.
    """

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    event = models.CharField(max_length=40)
    actor = models.CharField(max_length=60)
    actor_name = models.CharField(max_length=150)
    provider = models.CharField(max_length=12)
    request_id = models.CharField(max_length=36)
    address = models.CharField(max_length=45)
    facts = models.JSONField()
    previous = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        managed = False
        db_table = "portal_auditevent"
        ordering = ["-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.id} {self.event}"
