"""An upload that can be resumed, and the encrypted pieces that have come of it."""

import uuid

from django.db import models

from submissions.models.life import Submission


class Upload(models.Model):
    """One file on its way in, in as many requests as it takes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=255)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["expires_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(offset__lte=models.F("length")),
                name="upload_has_no_more_than_its_length",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Piece(models.Model):
    """Some bytes of an upload, encrypted under a key of their own."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    start = models.PositiveBigIntegerField()
    place = models.CharField(max_length=200)
    wrapped_key = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["start"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "start"], name="one_piece_at_each_offset")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.start}"
