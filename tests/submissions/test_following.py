"""One request followed: from its answer to the worker's lines, the trail and the transfer."""

import io
import json
import logging
import re
import zipfile

import pytest

from portal.logs import Formatter
from portal.models import AuditEvent
from submissions.models import Submission
from submissions.states import State

pytestmark = pytest.mark.django_db(transaction=True)
ASKED, WITHDRAWN = (f"0b5ce1de-0000-4000-8000-00000000000{number}" for number in (1, 2))


@pytest.fixture
def written():
    """The lines that are written from here on, as the servers and workers write them."""
    held = io.StringIO()
    handler = logging.StreamHandler(held)
    handler.setFormatter(Formatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in held.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def test_an_upload_is_followed_into_the_work_the_trail_and_the_transfer(
    day, send, work, answer, written
):
    earlier = AuditEvent.objects.count()
    got = send(day(), **{"X-Request-ID": ASKED})
    assert got["X-Request-ID"] == ASKED

    work()
    answer()

    submission = Submission.objects.get(reference=got.json()["reference"])
    assert submission.state == State.TRANSFERRED
    followed = [line for line in written() if line.get("request_id") == ASKED]
    told = [line["event"] for line in followed if line["logger"].startswith("submissions")]
    assert [one for one in told if one != "moved"] == ["claimed", "handed_over", "answered"]
    steps = [line["to"] for line in followed if line["event"] == "moved"]
    assert steps == [move.to for move in submission.moves.all()][1:]
    assert {move.request_id for move in submission.moves.all()} == {ASKED}
    assert submission.transfers.get().request_id == ASKED
    events = AuditEvent.objects.all()[: AuditEvent.objects.count() - earlier]
    assert {"submitted", "sent"} <= {event.event for event in events if event.request_id == ASKED}


def test_what_is_asked_for_later_follows_the_later_request(client, day, send, work, key, answer):
    got = send(day(), **{"X-Request-ID": ASKED})
    work()
    answer()
    reference = got.json()["reference"]

    client.post(
        f"/api/v1/submissions/{reference}/withdraw",
        {"because": "sent by mistake"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "X-Request-ID": WITHDRAWN},
    )

    submission = Submission.objects.get(reference=reference)
    assert submission.transfers.get(kind="withdrawal").request_id == WITHDRAWN
    assert submission.transfers.get(kind="records").request_id == ASKED


def test_no_line_holds_a_value_that_was_sent(day, send, work, written):
    send(day())
    work()

    said = json.dumps(written())
    assert "moved" in said
    assert not {number for number in numbers_in(day()) if number in said}


def numbers_in(data):
    """The patients' numbers in a day's files: the runs of ten digits."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        texts = [package.read(name).decode() for name in package.namelist()]
    found = {number for text in texts for number in re.findall(r"\b9\d{9}\b", text)}
    assert found
    return found
