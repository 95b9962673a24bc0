"""Whatever happens to a worker or a broker, a submission is worked on once, and none is lost."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from portal.celery import app
from submissions import bell, claims, tasks
from submissions.acts import retry
from submissions.apart import ErrandFailed
from submissions.claims import LostLease
from submissions.landing import Sender, add, begin, open_file
from submissions.models import Submission
from submissions.states import State

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
WORK = "import django; django.setup(); from submissions.tasks import bell; bell()"


def start_worker():
    """Start a worker process on this test's own database and folders."""
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": f"{base.rsplit('/', 1)[0]}/{name}?{query}",
        "STORE_URL": django_settings.STORE_URL,
        "HANDOVER_URL": django_settings.HANDOVER_URL,
        "DEMONSTRATION": "on",
        "DJANGO_SETTINGS_MODULE": "portal.settings.testing",
    }
    return subprocess.Popen([sys.executable, "-c", WORK], cwd=ROOT, env=environment)


def wait_until(true, seconds=30):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def children_of(pid):
    """The processes that a process has started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def expire_leases():
    Submission.objects.exclude(lease_until=None).update(lease_until=timezone.now())


def test_a_worker_killed_at_its_work_loses_nothing(send, day, work, tmp_path):
    reference = send(day()).json()["reference"]
    worker = start_worker()
    wait_until(lambda: children_of(worker.pid))
    child = children_of(worker.pid)[0]

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    wait_until(lambda: not Path(f"/proc/{child}/cmdline").exists())
    assert claims.claim() is None, "the lease is still held"
    expire_leases()
    work()
    submission = Submission.objects.get(reference=reference)
    steps = [move.to for move in submission.moves.all()]
    assert steps == [
        "receiving",
        "received",
        "checking",
        "accepted",
        "pseudonymising",
        "transferring",
    ]
    assert len(list((tmp_path / "handover" / "outgoing").iterdir())) == 1


def test_what_kills_its_workers_three_times_is_set_aside(send, day, work, monkeypatch):
    reference = send(day()).json()["reference"]
    tried = []

    def dies(held):
        tried.append(held)
        raise ErrandFailed("ChildDied", "-9")

    monkeypatch.setattr(tasks, "work_on", dies)
    for _ in range(4):
        work()
        expire_leases()
    tasks.sweep()

    submission = Submission.objects.get(reference=reference)
    assert submission.state == State.QUARANTINED
    assert len(tried) == 3


def test_a_worker_that_lost_its_lease_writes_nothing(send, day):
    send(day())
    first = claims.claim()
    expire_leases()
    second = claims.claim()

    assert second.submission == first.submission
    with pytest.raises(LostLease), claims.holding(first):
        pass
    with pytest.raises(LostLease):
        claims.renew(first)
    with claims.holding(second):
        pass


def test_a_key_that_fails_is_a_fault_of_ours_and_can_be_retried(send, day, work, settings):
    reference = send(day()).json()["reference"]
    good, settings.PSEUDONYM_KEYS_URL = settings.PSEUDONYM_KEYS_URL, "file:///nonexistent/keys"

    work()

    submission = Submission.objects.get(reference=reference)
    assert submission.state == State.FAILED
    settings.PSEUDONYM_KEYS_URL = good
    retry(submission, by="operator")
    work()
    submission.refresh_from_db()
    assert submission.state == State.TRANSFERRING
    assert submission.slot_version == 1


def test_a_leak_is_set_aside_and_sets_off_the_alarm(send, day, work, monkeypatch):
    reference = send(day()).json()["reference"]

    def leaks(held):
        raise ErrandFailed("LeakFound", "NHS_NUMBER")

    monkeypatch.setattr(tasks, "work_on", leaks)
    work()

    assert Submission.objects.get(reference=reference).state == State.QUARANTINED


@pytest.fixture
def frozen():
    """The address of a broker that takes calls and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture
def stopped():
    """The address of a broker that is not there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.mark.parametrize("kind", ["frozen", "stopped"])
def test_an_upload_does_not_wait_for_the_broker(kind, send, day, work, request, monkeypatch):
    package, broker = day(), request.getfixturevalue(kind)
    monkeypatch.setattr(app.conf, "broker_write_url", broker)
    monkeypatch.setattr(app, "_pool", None)
    begun = time.monotonic()

    answer = send(package)

    assert answer.status_code == 202
    assert time.monotonic() - begun < 2
    with bell._ringing:  # the one that rings has given up and gone
        assert time.monotonic() - begun < 8
    work()
    assert Submission.objects.get().state == State.TRANSFERRING


def test_an_upload_that_fell_silent_leaves_its_row_alone(provider, tmp_path):
    landing = begin(provider, Sender("test", "Z9A", "api"))
    open_file(landing, "day.csv")
    add(landing, bytes(3_000_000))  # and here the web server is killed
    silent = timezone.now() - 2 * tasks.SILENT_AFTER
    Submission.objects.update(touched_at=silent)

    tasks.sweep()

    assert Submission.objects.get().state == State.INCOMPLETE
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
