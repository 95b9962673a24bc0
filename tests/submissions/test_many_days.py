"""Many providers' days at once: all of them arrive, none twice. `python benchmarks/nightly.py`."""

import os
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.db import connection

from portal.handover import open_handover, pending
from submissions.credentials import new_key
from submissions.models import Submission
from submissions.states import State
from tests.people import make_provider
from tests.submissions.serving import serve

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
ROOT = Path(__file__).resolve().parents[2]
PROVIDERS = int(os.environ.get("NIGHTLY_PROVIDERS", "50"))
PATIENTS, WORKERS, SENDERS = 500, 2, 8
PATIENCE = 900
WORK = """
from portal.lifeline import tie_to_parent
tie_to_parent()
import django; django.setup()
import time
from submissions.tasks import bell
while True:
    bell()
    time.sleep(0.5)
"""


def of_provider(package, code):
    """The same day as another provider would send it."""
    held = BytesIO()
    with zipfile.ZipFile(BytesIO(package)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"Z9A", code.encode()), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def start_workers(store):
    """Start worker processes on this test's own database and folders."""
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    environment = os.environ | {
        "DATABASE_URL": f"{base.rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}?{query}",
        "STORE_URL": store,
        "HANDOVER_URL": settings.HANDOVER_URL,
        "DEMONSTRATION": "on",
        "DJANGO_SETTINGS_MODULE": "portal.settings.testing",
    }
    command = [sys.executable, "-c", WORK]
    return [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        for _ in range(WORKERS)
    ]


def test_the_days_of_many_sent_at_once_are_all_handed_over_and_none_twice(day, tmp_path):
    package = day(patients=PATIENTS)
    codes = [f"Y{number:02}" for number in range(PROVIDERS)]
    keys = {code: new_key(make_provider(code).code, by="test")[1] for code in codes}
    bodies = {code: of_provider(package, code) for code in codes}

    def send(code):
        answer = httpx.post(
            f"{server.url}/api/v1/submissions",
            content=bodies[code],
            headers={"Authorization": f"Bearer {keys[code]}", "Content-Type": "application/zip"},
            timeout=300,
        )
        return answer.status_code

    with serve(tmp_path, DEMONSTRATION="on") as server:
        workers = start_workers(settings.STORE_URL)
        begun = time.monotonic()
        try:
            with ThreadPoolExecutor(SENDERS) as senders:
                assert set(senders.map(send, codes)) == {202}
            sent = time.monotonic() - begun
            while Submission.objects.exclude(state=State.TRANSFERRING).exists():
                assert time.monotonic() - begun < PATIENCE
                time.sleep(0.5)
            took = time.monotonic() - begun
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()

    print(  # noqa: T201 - the figures are the point
        f"\n{PROVIDERS} days of {PATIENTS} patients: all sent after {sent:.1f} s, all checked,"
        f" pseudonymised and handed over after {took:.1f} s, {PROVIDERS * 60 / took:.0f} a minute"
    )
    assert len(pending(open_handover(settings.HANDOVER_URL))) == PROVIDERS
    assert {one.transfers.count() for one in Submission.objects.all()} == {1}
