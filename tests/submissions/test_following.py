"""How a sender follows a submission: tags, waiting, errors by pages, and what has changed."""

import time

import pytest

from submissions.api import findings
from submissions.models import Submission
from tests.submissions.conftest import zipped

pytestmark = pytest.mark.django_db(transaction=True)
LONGEST = 30  # the longest wish that is granted: who does not stop in time waits all of it


def test_an_answer_that_has_not_changed_is_not_sent_again(send, get, day, work):
    reference = send(day()).json()["reference"]
    tag = get(f"/{reference}")["ETag"]

    same = get(f"/{reference}", **{"If-None-Match": tag})
    work()
    changed = get(f"/{reference}", **{"If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200
    assert changed["ETag"] != tag


def test_waiting_ends_when_it_is_settled_or_the_wish_is_over(send, get, day):
    reference = send(day()).json()["reference"]
    begun = time.monotonic()

    early = get(f"/{reference}", Prefer="wait=1")
    waited = time.monotonic() - begun
    Submission.objects.update(state="rejected")
    late = get(f"/{reference}", Prefer=f"wait={LONGEST}")

    assert early["Retry-After"] == "2"
    assert 1 <= waited < LONGEST
    assert late.json()["state"] == "rejected"
    assert time.monotonic() - begun < LONGEST


def test_errors_come_page_by_page_and_hold_no_value(send, get, monkeypatch):
    monkeypatch.setattr(findings, "PAGE", 2)
    wrong = {f"CYP{number}Secret": "nonsense\n" for number in (901, 902, 903)}
    reference = send(zipped(**wrong)).json()["reference"]

    pages, after = [], 0
    while after is not None:
        said = get(f"/{reference}/errors?after={after}").json()
        pages.append(said["errors"])
        after = said["next"]

    assert len(pages) > 1
    assert sum(map(len, pages)) == said["total"]
    assert "nonsense" not in str(pages)


def test_what_changed_since_the_last_day_is_told(send, get, day, work):
    first = send(day(seed=1)).json()["reference"]
    work()
    second = send(day(seed=2)).json()["reference"]
    work()

    assert get(f"/{first}/difference").json() == {"fixed": [], "still": [], "new": []}
    assert set(get(f"/{second}/difference").json()) == {"fixed", "still", "new"}
