from datetime import timedelta

import pytest
from django.utils import timezone

from tests.pages.conftest import read

pytestmark = pytest.mark.django_db


WARNED = {
    "rule": "CYP101-SourceOfReferral-V",
    "table": "CYP101Referral",
    "item": "SourceOfReferral",
}


def explain(client, made, **more):
    until = (timezone.localdate() + timedelta(days=30)).isoformat()
    said = {**WARNED, "reason": "Our old system", "most_rows": "20", "until": until, **more}
    place = f"/providers/Z9A/submissions/{made.reference}/explain/"
    return client.post(place, said, follow=True).content.decode()


def test_an_explained_warning_is_folded(as_submitter, provider, make_submission, judged):
    made = make_submission(provider, "transferred", judged)

    page = explain(as_submitter, made)

    assert "1 warning is explained" in page
    assert "Our old system" in page


def test_it_is_open_again_once_more_rows_have_it_or_its_time_is_up(
    as_submitter, provider, make_submission, judged
):
    made = make_submission(provider, "transferred", judged)
    explain(as_submitter, made)
    place = f"/providers/Z9A/submissions/{made.reference}/report/"

    provider.explanations.update(most_rows=2)
    assert "explained</span>" not in read(as_submitter, place)
    provider.explanations.update(most_rows=20, until=timezone.localdate() - timedelta(days=1))
    assert "explained</span>" not in read(as_submitter, place)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": " "}, "Say why"),
        ({"most_rows": "1"}, "name as many or more"),
        ({"most_rows": "many"}, "number of rows"),
        ({"until": "2099-01-01"}, "within the next year"),
        ({"until": "soon"}, "last day"),
    ],
)
def test_what_cannot_be_an_explanation_is_refused_with_the_reason(
    as_submitter, provider, make_submission, judged, wrong, sentence
):
    made = make_submission(provider, "transferred", judged)

    assert sentence in explain(as_submitter, made, **wrong)
    assert not provider.explanations.exists()


def test_an_error_cannot_be_explained_away(as_submitter, provider, make_submission, judged):
    made = make_submission(provider, "transferred", judged)

    page = explain(as_submitter, made, rule="CP00105", table="CYP001MPI", item="NHSNumber")

    assert "has to be corrected" in page
