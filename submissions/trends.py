"""How the score of a provider's data, and of each item, went over its latest submissions."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from markupsafe import Markup

from portal.quality_charts import Scored, score_trend, small_trend
from submissions.models import ItemScore, Submission
from submissions.states import Mode

SUBMISSIONS = 30


@dataclass(frozen=True)
class Trend:
    """The scores up to a submission: as a picture, as figures, and of each item as a picture."""

    scored: tuple[Scored, ...]
    picture: Markup
    items: Mapping[tuple[str, str], Markup]

    @property
    def change(self) -> float | None:
        """How far the score is from that of the submission before."""
        if len(self.scored) < 2:  # noqa: PLR2004 - a change is between two
            return None
        return self.scored[-1].score - self.scored[-2].score


def trend(submission: Submission, target: float) -> Trend:
    """Return how scores went over the latest live submissions, with this one as the last."""
    if submission.score is None:
        return Trend((), Markup(""), {})
    latest = (
        Submission.objects.filter(
            Q(mode=Mode.LIVE) | Q(pk=submission.pk),
            provider=submission.provider_id,
            received_at__lte=submission.received_at,
            score__isnull=False,
            period_end__isnull=False,
        )
        .order_by("-received_at")
        .values_list("pk", "period_end", "score")[:SUBMISSIONS]
    )
    found = list(latest)[::-1]
    scored = tuple(Scored(day, score) for _, day, score in found if day and score is not None)
    order = {pk: place for place, (pk, _, _) in enumerate(found)}
    by_item: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    scores = ItemScore.objects.filter(submission__in=order).order_by()
    for pk, table, item, score in scores.values_list("submission", "table", "item", "score"):
        by_item[table, item].append((order[pk], score))
    items = {
        (table, item): small_trend([score for _, score in sorted(went)], target, item)
        for (table, item), went in by_item.items()
    }
    return Trend(scored, score_trend(scored, target), items)
