"""What machines show at the door. Secrets are kept as digests, and public keys as they are."""

from django.db import models


class Credential(models.Model):
    """A submission key, or a client that signs its requests for a token.

    It belongs to one organisation: a provider, for which it acts, or a supplier, and then it acts
    for the providers that delegated to that supplier.
    """

    class Kind(models.TextChoices):
        """How a credential proves itself."""

        KEY = "key", "Submission key"
        CLIENT = "client", "Client with a signed JWT"

    id = models.CharField(primary_key=True, max_length=16)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.KEY)
    organisation = models.CharField("code of the organisation", max_length=12)
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField("SHA-256 of the key", max_length=64, blank=True)
    public_keys = models.JSONField("JSON Web Key Set", default=dict, blank=True)
    modes = models.JSONField(default=list)
    addresses = models.JSONField("networks it may come from; empty: any", default=list, blank=True)
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField("last used", null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["organisation", "-made_at"]

    def __str__(self) -> str:
        return self.id


class AccessToken(models.Model):
    """A ten-minute token of a client. Only its digest is kept."""

    digest = models.CharField(primary_key=True, max_length=64)
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="tokens")
    scope = models.CharField(max_length=500)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["expires_at"]

    def __str__(self) -> str:
        return f"token of {self.credential_id}"


class UsedAssertion(models.Model):
    """A signed assertion that has been used, and may not be used again while it lives."""

    digest = models.CharField(primary_key=True, max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["expires_at"]

    def __str__(self) -> str:
        return "used assertion"
