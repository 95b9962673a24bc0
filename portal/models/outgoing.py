"""What every row that is to be sent holds: when, how often it was tried, and how it ended."""

from django.db import models
from django.utils import timezone


class Outgoing(models.Model):
    """Something to be sent: written with the effect it tells of, sent later by `portal.outbox`."""

    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
