"""The trend of scores over the latest submissions, on the report and behind it."""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from portal import quality_words
from portal.specification import load_data_set
from submissions.models import ItemScore, Submission
from submissions.trends import SUBMISSIONS, trend
from tests.pages.conftest import DAY, read


def went(make_submission, provider, report, scores):
    now = timezone.now()
    return [
        make_submission(
            provider,
            "transferred" if place == len(scores) - 1 else "superseded",
            replace(report, score=score),
            day=DAY + timedelta(days=place),
            started=now - timedelta(days=len(scores) - place),
        )
        for place, score in enumerate(scores)
    ]


def test_the_score_of_the_submission_itself_comes_last(provider, make_submission, judged):
    them = went(make_submission, provider, judged, [90.0, 95.5, 97.0])

    found = trend(them[1], 95)

    assert [one.score for one in found.scored] == [90.0, 95.5]
    assert found.change == 5.5


def test_no_more_than_the_last_thirty_are_drawn(provider, make_submission, judged):
    them = went(make_submission, provider, judged, [80.0, *[96.0] * SUBMISSIONS])

    assert [one.score for one in trend(them[-1], 95).scored] == [96.0] * SUBMISSIONS


def test_tests_and_other_providers_are_left_out(provider, other_provider, make_submission, judged):
    make_submission(provider, "accepted", replace(judged, score=10.0), mode="test")
    make_submission(other_provider, "transferred", replace(judged, score=20.0))
    [mine] = went(make_submission, provider, judged, [90.0])
    Submission.objects.filter(pk=mine.pk).update(received_at=timezone.now())
    mine.refresh_from_db()

    assert [one.score for one in trend(mine, 95).scored] == [90.0]


def test_an_item_is_drawn_with_how_it_went(provider, make_submission, judged):
    them = went(make_submission, provider, judged, [90.0, 95.5])
    scored = next(item for item in judged.items if item.scored)
    ItemScore.objects.filter(submission=them[0], item=scored.item).update(score=12.3)

    drawn = trend(them[1], 95).items[scored.table, scored.item]

    assert f"12.3 to {scored.score:.1f} over 2 submissions" in drawn


def test_the_report_says_how_the_score_went(as_submitter, provider, make_submission, judged):
    them = went(make_submission, provider, judged, [90.0, 95.5])

    page = read(as_submitter, f"/providers/Z9A/submissions/{them[1].reference}/report/")

    assert "Score 95.5, up 5.5" in page
    assert "Score by submission" in page


def test_the_target_is_that_of_the_specification(judged):
    targets = {one.target for one in quality_words.make_ups(judged)}

    assert targets == {load_data_set(judged.data_set, judged.version).quality.target_score}


def test_a_report_of_no_known_version_is_held_against_the_newest(judged):
    assert quality_words.target_score(replace(judged, version="")) > 0
