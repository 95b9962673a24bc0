"""A submission, the files it is made of, and every step of its life."""

import secrets
import uuid

from django.db import models

from portal.logs import current_request
from submissions.states import CAME_TO_NOTHING, Mode, State
from submissions.store import Stored

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 7


def new_reference() -> str:
    """Return a reference a person can read out: S- and seven characters without look-alikes."""
    return "S-" + "".join(secrets.choice(ALPHABET) for _ in range(REFERENCE_LENGTH))


class Submission(models.Model):
    """One provider's files for one reporting period, received together and judged together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=12, unique=True, default=new_reference)
    provider = models.ForeignKey(
        "portal.Provider", on_delete=models.PROTECT, related_name="submissions"
    )
    submitter = models.CharField("code of the submitting organisation", max_length=12)
    mode = models.CharField(max_length=5, choices=Mode, default=Mode.LIVE)
    by = models.CharField("who sent it", max_length=100)
    via = models.CharField("way in", max_length=10, default="page")
    data_set = models.CharField(max_length=50)
    version = models.CharField("specification version", max_length=10, blank=True)
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)
    state = models.CharField(max_length=20, choices=State, default=State.RECEIVING)
    outcome = models.CharField(max_length=30, blank=True)
    slot_version = models.PositiveIntegerField(null=True)
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True)
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="supersedes"
    )
    idempotency_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    records = models.PositiveBigIntegerField(default=0)
    faults = models.JSONField("error report of the door", default=list, blank=True)
    fault_count = models.PositiveIntegerField(default=0)
    score = models.FloatField("data quality score", null=True)
    started_at = models.DateTimeField("first byte", auto_now_add=True)
    touched_at = models.DateTimeField("last sign of the upload", auto_now_add=True)
    received_at = models.DateTimeField("last byte", null=True)
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    progress = models.JSONField("how far the checks have come", default=dict, blank=True)
    request_id = models.CharField(
        "request that asked for the work", max_length=36, blank=True, default=current_request
    )

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["provider", "-started_at"], name="submission_by_provider"),
            models.Index(fields=["provider", "sha256"], name="submission_by_content"),
            models.Index(fields=["state", "lease_until"], name="submission_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="submission_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(mode__in=Mode.values), name="submission_mode_is_known"
            ),
            models.UniqueConstraint(
                fields=["provider", "idempotency_key"],
                condition=~models.Q(idempotency_key="")
                & ~models.Q(state__in=sorted(CAME_TO_NOTHING)),
                name="one_submission_per_idempotency_key",
            ),
            models.UniqueConstraint(
                fields=["provider", "data_set", "period_start", "period_end", "slot_version"],
                condition=models.Q(mode=Mode.LIVE, slot_version__isnull=False),
                name="versions_of_a_period_differ",
            ),
            models.UniqueConstraint(
                fields=["provider", "data_set", "period_start", "period_end"],
                condition=models.Q(mode=Mode.LIVE, state=State.TRANSFERRED),
                name="one_transferred_submission_per_period",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Move(models.Model):
    """One step in a submission's life. Rows are added and never changed."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="moves")
    before = models.CharField(max_length=20, choices=State, blank=True)
    to = models.CharField(max_length=20, choices=State)
    by = models.CharField(max_length=100)
    because = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    request_id = models.CharField(max_length=36, blank=True, default=current_request)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.before} to {self.to}"


class StoredFile(models.Model):
    """A file in the encrypted store, with its wrapped key. Without the key it is noise."""

    class Kind(models.TextChoices):
        """What a stored file is."""

        SENT = "sent", "As sent"
        REPORT = "report", "Data quality report"
        MASKS = "masks", "Which records were accepted"
        FINDINGS = "findings", "Findings"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField("name as sent", max_length=255)
    place = models.CharField("name in the store", max_length=200)
    wrapped_key = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    stored_at = models.DateTimeField(auto_now_add=True)
    shredded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def stored(self, associated: str) -> Stored:
        """All that the store needs to read this file."""
        return Stored(
            self.place, associated, bytes(self.wrapped_key or b""), self.bytes, self.sha256
        )


class Transfer(models.Model):
    """Something sent to the national instance, and its answer. It is named before the work."""

    class Kind(models.TextChoices):
        """What a transfer carries."""

        RECORDS = "records", "Records and report"
        REPORT = "report", "Report of a rejected submission"
        WITHDRAWAL = "withdrawal", "Withdrawal"

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="transfers")
    transfer = models.UUIDField("its name in the hand-over store", null=True, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    asked_at = models.DateTimeField(auto_now_add=True)
    sealed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=50, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    request_id = models.CharField(max_length=36, blank=True, default=current_request)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "kind"], name="one_transfer_of_each_kind_per_submission"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
