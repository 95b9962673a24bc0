"""What the database knows of the keys: which were seen, and who agreed to what; never a secret."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class KeyWitness(models.Model):
    """A key that was seen: another one under its epoch is a wrong key."""

    epoch = models.PositiveIntegerField(primary_key=True)
    check_value = models.CharField(max_length=16)
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["epoch"]
        verbose_name = "epoch"

    def __str__(self) -> str:
        return f"epoch {self.epoch}"


class Ceremony(models.Model):
    """One act on a key that two people must agree to."""

    class Act(models.TextChoices):
        """What is done to the key."""

        ACTIVATE = "activate", "Activate"
        DESTROY = "destroy", "Destroy"

    act = models.CharField(max_length=10, choices=Act)
    epoch = models.PositiveIntegerField()
    because = models.CharField("reason", max_length=200)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposed_ceremonies"
    )
    proposed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="confirmed_ceremonies",
        null=True,
    )
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["proposed_at"]
        verbose_name_plural = "ceremonies"
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="ceremony_needs_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="ceremony_confirmed_by_and_at",
            ),
            models.UniqueConstraint(
                fields=["act", "epoch"],
                condition=Q(confirmed_at=None),
                name="one_open_ceremony_per_act_and_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} epoch {self.epoch}"
