"""The audit trail and its checkpoints as models to read, and the alarms that odd reading raises."""

from django.db import models

from portal.models.outgoing import Outgoing


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


class AuditCheckpoint(models.Model):
    """A signed word on how long the trail was at an hour, and what its last digest was.

    The table is made by a migration in SQL, beside the trail's, and only grows like it.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    events = models.BigIntegerField()
    head = models.BinaryField()
    previous = models.CharField(max_length=64)
    signature = models.BinaryField()

    class Meta:
        managed = False
        db_table = "portal_auditcheckpoint"
        ordering = ["-number"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"checkpoint {self.number}"


class Alarm(Outgoing):
    """Odd reading that somebody is to be told of: written with the page, sent afterwards.

    Once a day for each person, provider and kind. No foreign keys: the worker that sends it sees
    no accounts, so the addresses stand here.
    """

    kind = models.CharField(max_length=30)
    person = models.BigIntegerField()
    organisation = models.CharField("provider", max_length=12, blank=True)
    day = models.DateField()
    raised_at = models.DateTimeField(auto_now_add=True)
    addresses = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "person", "organisation", "day"], name="one_alarm_of_a_kind_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.day}"
