"""Addresses of senders that want to be told by machine."""

from django.db import models


class Webhook(models.Model):
    """An address to call when something happened to a provider's submission.

    Its signing secret is derived from the store's key and kept nowhere.
    """

    id = models.CharField(primary_key=True, max_length=16)
    provider = models.ForeignKey(
        "portal.Provider", on_delete=models.CASCADE, related_name="webhooks"
    )
    url = models.URLField(max_length=500)
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["provider", "made_at"]

    def __str__(self) -> str:
        return self.id
