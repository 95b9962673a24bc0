"""Exact counts of a data quality report; its text and examples are in the store."""

from django.db import models

from submissions.models.life import Submission


class TableCount(models.Model):
    """What became of the records of one table."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="tables")
    table = models.CharField(max_length=60)
    received = models.PositiveBigIntegerField()
    accepted = models.PositiveBigIntegerField()
    rejected = models.PositiveBigIntegerField()
    cascaded = models.PositiveBigIntegerField()
    warned = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["table"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "table"], name="one_count_per_table")
        ]

    def __str__(self) -> str:
        return self.table


class RuleCount(models.Model):
    """How often one rule was broken by one item of one table."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="rules")
    table = models.CharField(max_length=60)
    rule = models.CharField(max_length=100)
    item = models.CharField(max_length=60, blank=True)
    severity = models.CharField(max_length=20)
    count = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-count"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "table", "rule", "item"], name="one_count_per_rule"
            )
        ]

    def __str__(self) -> str:
        return self.rule


class ItemScore(models.Model):
    """The data quality score of one item, so that a later report can show how it went."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="scores")
    table = models.CharField(max_length=60)
    item = models.CharField(max_length=60)
    score = models.FloatField()

    class Meta:
        ordering = ["table", "item"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "table", "item"], name="one_score_per_item"
            )
        ]

    def __str__(self) -> str:
        return self.item
