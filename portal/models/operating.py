"""What operators tell people: banners, and days on which nothing is expected."""

from django.db import models
from django.utils import timezone

from portal.models.history import keep_history
from portal.models.organisations import Provider


@keep_history()
class Banner(models.Model):
    """A sentence shown on every page from a time to a time."""

    text = models.CharField(max_length=300)
    starts = models.DateTimeField(default=timezone.now)
    ends = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts"]

    def __str__(self) -> str:
        return self.text


@keep_history()
class CalendarException(models.Model):
    """A day on which a provider, or everybody, is not expected to submit."""

    day = models.DateField()
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="exceptions"
    )
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "provider"], nulls_distinct=False, name="one_exception_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.provider_id or 'everybody'}"
