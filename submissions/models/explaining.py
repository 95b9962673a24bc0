"""What a provider has said once about a warning, so that nobody has to say it again."""

from django.db import models


class Explanation(models.Model):
    """Why a provider's data gives a warning: for how long this holds, and for how many rows."""

    provider = models.ForeignKey(
        "portal.Provider", on_delete=models.CASCADE, related_name="explanations"
    )
    rule = models.CharField(max_length=100)
    table = models.CharField(max_length=60)
    item = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=500)
    most_rows = models.PositiveBigIntegerField("holds up to so many rows")
    until = models.DateField("holds until")
    by = models.CharField(max_length=100)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "rule", "table", "item"],
                condition=models.Q(ended_at=None),
                name="one_standing_explanation_of_a_warning",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.rule}"
