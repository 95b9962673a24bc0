"""One submission on its way: true counts, first findings, the queue, and trying again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from submissions.models import Submission
from submissions.states import State

PROGRESS = {
    "rows": {"CYP001MPI": 300_000, "CYP101Referral": 441_376},
    "errors": 1_902,
    "warnings": 12_077,
    "broken": 3,
    "rules": [
        ["CYP101Referral", "A-REF-01", "ServiceRequestId", "reject_record", 1_611],
        ["CYP001MPI", "CYP001-Postcode-F", "Postcode", "warning", 12_077],
    ],
}


@pytest.fixture
def look(as_submitter):
    """Look at a submission's page without scripts."""

    def page(submission, part=""):
        address = f"/providers/Z9A/submissions/{submission.reference}/{part}"
        return " ".join(as_submitter.get(address).content.decode().split())

    return page


def test_rows_checked_so_far_are_true_counts(look, provider, make_submission):
    shown = look(make_submission(provider, "checking", progress=PROGRESS))

    assert "741,376 of 1,204,318 rows checked. 1,902 errors and 12,077 warnings so far." in shown
    assert '<progress class="app-progress" max="100" value="61"' in shown
    assert "741,376 of 1,204,318 rows." in shown  # what is read out


def test_first_findings_are_shown_while_the_checks_go_on(look, provider, make_submission):
    shown = look(make_submission(provider, "checking", progress=PROGRESS), "progress/")

    assert "First findings" in shown
    assert "A-REF-01" in shown
    assert "1,611" in shown
    assert "The value does not have the form of the item." in shown
    assert "3 rules are broken so far" in shown


def test_the_tables_come_after_the_rows(look, provider, make_submission):
    done = PROGRESS | {"rows_read_at": "2024-03-06T06:14:00+00:00"}

    shown = look(make_submission(provider, "checking", progress=done))

    assert 'Rows<span class="nhsuk-u-visually-hidden"> (done)' in shown
    assert 'the verdict<span class="nhsuk-u-visually-hidden"> (in progress)' in shown


def test_the_place_in_the_queue_is_told(look, provider, make_submission):
    make_submission(provider, "checking")
    waiting = make_submission(provider, "received", started=timezone.now())

    assert "1 submission is before this one in the queue." in look(waiting)


def test_a_submission_that_waits_too_long_is_stalled_and_asks_no_more(
    look, provider, make_submission
):
    old = make_submission(provider, "received", started=timezone.now() - timedelta(hours=1))

    shown = look(old)

    assert "Stalled" in shown
    assert "hx-get" not in shown


def test_one_that_is_worked_on_is_not_stalled(look, provider, make_submission):
    started = timezone.now() - timedelta(hours=1)
    renewed = timezone.now() + timedelta(seconds=9)
    old = make_submission(provider, "checking", started=started, lease_until=renewed)

    assert "Stalled" not in look(old)


def test_one_that_failed_is_tried_again_by_its_submitter(
    look, as_submitter, provider, make_submission
):
    failed = make_submission(provider, "failed")
    assert "Try again" in look(failed)

    as_submitter.post(f"/providers/Z9A/submissions/{failed.reference}/retry/")

    assert Submission.objects.get().state == State.RECEIVED
    assert "Try again" not in look(failed)


def test_what_has_not_failed_is_not_tried_again(as_submitter, look, provider, make_submission):
    rejected = make_submission(provider, "rejected")

    as_submitter.post(f"/providers/Z9A/submissions/{rejected.reference}/retry/")

    assert Submission.objects.get().state == State.REJECTED
    assert "cannot become received" in look(rejected)


def test_somebody_who_only_looks_has_no_button(agem, provider, somebody, client, make_submission):
    client.force_login(somebody("provider_approver", provider))
    failed = make_submission(provider, "failed")
    address = f"/providers/Z9A/submissions/{failed.reference}/"

    assert "Try again" not in client.get(address).content.decode()
    assert client.post(f"{address}retry/").status_code == 404
