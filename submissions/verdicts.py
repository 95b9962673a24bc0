"""Write down what a judgement found: counts into the database, and where its report lies."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from submissions.models import ItemScore, RuleCount, StoredFile, Submission, TableCount

COUNTED = ("received", "accepted", "rejected", "cascaded", "warned")


def keep_verdict(submission: Submission, answer: Mapping[str, Any]) -> None:
    """Write down a verdict, in place of any earlier one. The caller is inside a transaction."""
    submission.outcome = answer["outcome"]
    submission.score = answer["score"]
    submission.records = answer["records"]
    start, end = (date.fromisoformat(day) if day else None for day in answer["period"])
    submission.period_start, submission.period_end = start, end
    submission.save(update_fields=["outcome", "score", "records", "period_start", "period_end"])
    _keep_counts(submission, answer)
    _keep_scores(submission, answer)
    submission.files.exclude(kind=StoredFile.Kind.SENT).delete()
    _keep_file(submission, StoredFile.Kind.REPORT, "report.json", answer["report"])
    _keep_file(submission, StoredFile.Kind.MASKS, "accepted.npz", answer["masks"])
    for name, said in answer["findings"]:
        _keep_file(submission, StoredFile.Kind.FINDINGS, name, said)


def _keep_counts(submission: Submission, answer: Mapping[str, Any]) -> None:
    """Write down the exact counts of every table, rule and item."""
    submission.tables.all().delete()
    submission.rules.all().delete()
    TableCount.objects.bulk_create(
        TableCount(
            submission=submission,
            table=counts["table"],
            **{name: counts[name] for name in COUNTED},
        )
        for counts in answer["tables"]
    )
    totals: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for row in answer["counts"]:
        totals[row["table"], row["rule"], row["item"] or "", str(row["severity"])] += row[
            "findings"
        ]
    RuleCount.objects.bulk_create(
        RuleCount(
            submission=submission, table=table, rule=rule, item=item, severity=severity, count=count
        )
        for (table, rule, item, severity), count in totals.items()
    )


def _keep_scores(submission: Submission, answer: Mapping[str, Any]) -> None:
    """Write down the score of every scored item."""
    submission.scores.all().delete()
    ItemScore.objects.bulk_create(
        ItemScore(submission=submission, table=table, item=item, score=score)
        for table, item, score in answer["scores"]
    )


def _keep_file(
    submission: Submission, kind: StoredFile.Kind, name: str, said: Mapping[str, Any]
) -> None:
    """Write down where a file of a verdict lies."""
    StoredFile.objects.create(
        submission=submission,
        kind=kind,
        name=name,
        place=said["name"],
        wrapped_key=bytes.fromhex(said["wrapped_key"]),
        sha256=said["sha256"],
        bytes=said["size"],
    )
