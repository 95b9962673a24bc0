"""What the tests of this room may ask for: days to send, keys to send them with, hands to work."""

import io
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from portal.handover import Acknowledgement, Received, acknowledge, fetch, open_handover, pending
from portal.transfers import read_signing_key, read_verify_key, unseal
from submissions.api.throttling import CredentialRate
from submissions.credentials import new_key
from submissions.tasks import bell

ROOT = Path(__file__).resolve().parents[2]


@lru_cache
def synthetic_day(provider="Z9A", day="2024-03-05", patients=5, seed=1):
    """The bytes of a zip with one synthetic day."""
    command = [
        *(sys.executable, "-m", "portal.specification", "synthesise", "--version", "2.0"),
        *("--provider", provider, "--date", day, "--patients", str(patients)),
        *("--seed", str(seed), "--zip", "--into"),
    ]

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*command, folder], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        found = sorted(Path(folder).rglob("*.zip"))
        return found[0].read_bytes()


@pytest.fixture
def day():
    return synthetic_day


def zipped(**files):
    """A zip of files by table name."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            package.writestr(f"{name}.csv", text)
    return held.getvalue()


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path, agem):
    """A store and a hand-over of this test alone."""
    settings.STORE_URL = f"file://{tmp_path}/store"
    settings.DEMONSTRATION = True  # synthetic NHS numbers are of the range set aside for tests
    settings.HANDOVER_URL = f"file://{tmp_path}/handover"
    for shelf in ("outgoing", "acknowledgements"):
        (tmp_path / "handover" / shelf).mkdir(parents=True)
    CredentialRate.cache.clear()


@pytest.fixture
def key(provider):
    """The text of a live key of the provider."""
    return new_key(provider.code, by="test")[1]


@pytest.fixture
def send(client, key):
    """Send bytes to the API: `send(data, content_type=..., query=...)`."""

    def sending(data, content_type="application/zip", query="", **headers):
        return client.post(
            f"/api/v1/submissions{query}",
            data,
            content_type=content_type,
            headers={"Authorization": f"Bearer {key}", **headers},
        )

    return sending


@pytest.fixture
def get(client, key):
    """Read from the API: `get("/S-...")`."""

    def getting(path="", **headers):
        return client.get(
            f"/api/v1/submissions{path}", headers={"Authorization": f"Bearer {key}", **headers}
        )

    return getting


@pytest.fixture
def work(transactional_db):
    """Do what is due, as a worker would when the bell rings."""
    return bell


@pytest.fixture
def answer(settings, work, tmp_path):
    """Answer the transfers that wait, as the national instance would; the worker hears it."""

    def answering(outcome=Received.LOADED, code=""):
        shelf = open_handover(settings.HANDOVER_URL)
        key = read_signing_key(Path(settings.ACKNOWLEDGEMENT_KEY_FILE))
        verify = read_verify_key(Path(settings.AGEM_VERIFY_KEY_FILE))
        kinds = []
        for name in pending(shelf):
            with tempfile.TemporaryDirectory() as folder:
                origin = unseal(fetch(shelf, name, Path(folder)), verify).origin
            kinds.append(origin.kind)
            said = Acknowledgement(
                transfer=origin.transfer,
                submission=origin.submission,
                provider=origin.provider,
                slot_version=origin.slot_version,
                outcome=outcome,
                code=code,
                rows=1,
                at=datetime.now(UTC),
            )
            acknowledge(shelf, said, key, tmp_path)
        work()
        return kinds

    return answering
