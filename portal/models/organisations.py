"""Providers, the organisations around them, and what they have agreed to."""

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from portal.models.history import keep_history

AGREEMENT_VERSION = "1"

CODE = RegexValidator(r"\A[A-Z0-9]{1,12}\Z", "Use capital letters and digits, as in ODS.")


class Kind(models.TextChoices):
    """What an organisation that is no provider does here."""

    REGION = "region", "Region"
    ICB = "icb", "Integrated care board"
    SUPPLIER = "supplier", "Submitting organisation"
    NATIONAL = "national", "National body"


class ProviderType(models.TextChoices):
    """The kinds of provider that the collection's scope names."""

    ACUTE = "ACUTE", "Acute trust"
    AQP = "AQP", "Any qualified provider"
    CARE = "CARE", "Care trust"
    CHT = "CHT", "Community healthcare trust"
    FT = "FT", "NHS foundation trust"
    ICO = "ICO", "Integrated care organisation"
    ISP = "ISP", "Independent sector provider (including third sector)"
    LA = "LA", "Local authority"
    MH = "MH", "Mental health trust"
    NFT = "NFT", "NHS trust (non-foundation)"
    SE = "SE", "Social enterprise"


@keep_history()
class Organisation(models.Model):
    """A region, an integrated care board, a submitting organisation or a national body."""

    code = models.CharField(max_length=12, primary_key=True, validators=[CODE])
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@keep_history()
class Provider(models.Model):
    """An organisation that delivers community services and whose data is collected."""

    code = models.CharField(max_length=12, primary_key=True, validators=[CODE])
    name = models.CharField(max_length=200)
    provider_type = models.CharField(max_length=10, choices=ProviderType, default=ProviderType.CHT)
    icb = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="icb_providers",
        limit_choices_to={"kind": Kind.ICB},
        verbose_name="integrated care board",
    )
    region = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="region_providers",
        limit_choices_to={"kind": Kind.REGION},
    )
    opted_in_on = models.DateField("opted in on", null=True, blank=True)
    left_on = models.DateField("left on", null=True, blank=True)

    class Meta:
        ordering = ["name"]
        permissions = [
            ("submit_data", "Can submit data for the provider"),
            ("view_submissions", "Can see the provider's submissions"),
            ("view_quality", "Can see the provider's data quality reports"),
            ("view_aggregates", "Can see the provider's aggregate data"),
            ("view_records", "Can see the provider's pseudonymised records"),
            ("approve_access", "Can approve access to the provider's data"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z0-9]{1,12}$"), name="provider_code_is_plain"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def has_agreed(self) -> bool:
        """Whether the agreement in force has been accepted for the provider."""
        return self.agreements.filter(version=AGREEMENT_VERSION, withdrawn_at=None).exists()


@keep_history()
class Agreement(models.Model):
    """A provider's acceptance of the agreement, without which nothing is submitted or seen."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="agreements")
    version = models.CharField(max_length=10, default=AGREEMENT_VERSION)
    accepted_at = models.DateTimeField(default=timezone.now, db_default=Now())
    accepted_by = models.ForeignKey(
        "portal.User", on_delete=models.PROTECT, related_name="agreements_accepted"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-accepted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "version"],
                condition=Q(withdrawn_at=None),
                name="one_acceptance_of_an_agreement",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} agreement {self.version}"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Delegations, and those of them that count."""

    def in_force(self) -> Self:
        """Return the delegations that hold today."""
        today = timezone.localdate()
        return self.filter(starts__lte=today, ends__gte=today, ended_at=None)


@keep_history()
class Delegation(models.Model):
    """A provider's permission for a supplier to submit in its name, from a day to a day."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="delegations")
    supplier = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="delegations",
        limit_choices_to={"kind": Kind.SUPPLIER},
    )
    starts = models.DateField()
    ends = models.DateField()
    approved_by = models.ForeignKey(
        "portal.User", on_delete=models.PROTECT, related_name="delegations_approved"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gte=models.F("starts")), name="delegation_ends_after_its_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} for {self.provider_id}"
