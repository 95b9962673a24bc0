"""What is expected of each provider and when, and the messages that tell people of it."""

from django.conf import settings
from django.db import models

from portal.models.outgoing import Outgoing
from submissions.models.life import Submission
from submissions.models.webhooks import Webhook


class Expectation(models.Model):
    """When a provider is expected to send a day's data."""

    provider = models.OneToOneField(
        "portal.Provider", on_delete=models.CASCADE, related_name="expectation"
    )
    starts = models.DateField()
    ends = models.DateField(null=True)
    weekends = models.BooleanField("also for weekends", default=True)
    bank_holidays = models.BooleanField("also for bank holidays", default=True)
    hour = models.PositiveSmallIntegerField("hour of the next day by which it is due", default=12)

    class Meta:
        ordering = ["provider"]

    def __str__(self) -> str:
        return str(self.provider_id)


class NilReturn(models.Model):
    """A provider says that there is nothing to send for a day."""

    provider = models.ForeignKey(
        "portal.Provider", on_delete=models.CASCADE, related_name="nil_returns"
    )
    day = models.DateField()
    because = models.CharField(max_length=500)
    by = models.CharField(max_length=100)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "day"], name="one_nil_return_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.day}"


class MailChoice(models.Model):
    """What a person has chosen to be told by e-mail about one provider."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_choices"
    )
    provider = models.ForeignKey(
        "portal.Provider", on_delete=models.CASCADE, related_name="mail_choices"
    )
    accepted = models.BooleanField(default=False)
    rejected = models.BooleanField(default=True)
    missing = models.BooleanField(default=True)

    class Meta:
        ordering = ["provider", "person"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "provider"], name="one_choice_of_mail_per_person_and_provider"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.provider_id}"


class Message(Outgoing):
    """An e-mail or a webhook call to be sent: written with the effect it tells of, sent later."""

    class Kind(models.TextChoices):
        """How a message travels."""

        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    kind = models.CharField(max_length=10, choices=Kind)
    template = models.CharField(max_length=50)
    provider = models.ForeignKey("portal.Provider", on_delete=models.CASCADE)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, null=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, null=True)
    facts = models.JSONField("references and counts only", default=dict)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["due_at"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="message_to_be_sent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.template}"
