"""The proof that files were deleted: what they were, when, by whom and why, signed."""

from django.db import models

from submissions.models.life import Submission


class DeletionCertificate(models.Model):
    """A signed statement about the deletion of one submission's files."""

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="deletion_certificates"
    )
    statement = models.TextField("the signed text, as JSON")
    signature = models.CharField("Ed25519 signature in hexadecimal", max_length=128)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"certificate {self.pk}"
