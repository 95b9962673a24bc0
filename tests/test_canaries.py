"""A day full of canaries goes the whole way; afterwards none is found anywhere but in the store."""

import base64
import csv
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import polars as pl
import pytest
import redis
from django.core import mail
from django.db import connection

from portal.handover import fetch, open_handover, pending
from portal.models import AuditEvent
from portal.row_security import load_key
from portal.scope import provider_scope, ticket_key
from pseudonymisation.__main__ import make_first_ring
from submissions.credentials import new_key
from submissions.models import Submission
from submissions.tasks import bell
from tests.canaries import CANARIES, NHS_NUMBERS, PATIENTS, REFERRALS, disguises, found_in
from viewer.receiving import receive_due

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])


def canary_day() -> bytes:
    """A synthetic day whose first persons and referrals are canaries."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "portal.specification", "synthesise", "--version", "2.0"]
        made = ["--provider", "Z9A", "--date", "2024-03-05", "--patients", "40", "--seed", "7"]
        subprocess.run(
            [*command, *made, "--into", folder], check=True, cwd=ROOT, capture_output=True
        )
        texts = {path.name: path.read_text() for path in Path(folder).rglob("CYP*.csv")}
        texts |= {path.name: path.read_text() for path in Path(folder).rglob("COM*.csv")}
    swaps = swaps_of(texts)
    assert set(swaps.values()) == set(CANARIES)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in texts.items():
            rows = csv.reader(io.StringIO(text))
            out = io.StringIO()
            csv.writer(out).writerows([[swaps.get(cell, cell) for cell in row] for row in rows])
            package.writestr(name, out.getvalue())
    return held.getvalue()


def swaps_of(texts: dict[str, str]) -> dict[str, str]:
    swaps: dict[str, str] = {}
    wanted = (
        ("CYP001MPI.csv", "NHSNumber", NHS_NUMBERS),
        ("CYP001MPI.csv", "LocalPatientID", PATIENTS),
        ("CYP101Referral.csv", "ServiceRequestID", REFERRALS),
    )
    for name, item, canaries in wanted:
        there = [row[item] for row in csv.DictReader(io.StringIO(texts[name])) if row[item]]
        swaps |= dict(zip(there, canaries, strict=False))
    return swaps


@pytest.fixture
def sent(agem, provider, settings, tmp_path, client):
    """The answers of the API to the day, to a broken file, and to a file of another shape."""
    settings.STORE_URL = f"file://{tmp_path}/store"
    settings.HANDOVER_URL = f"file://{tmp_path}/handover"
    settings.PSEUDONYM_KEYS_URL = (tmp_path / "keys.json").as_uri()
    settings.DEMONSTRATION = True
    make_first_ring(settings.PSEUDONYM_KEYS_URL)
    for shelf in ("outgoing", "acknowledgements"):
        (tmp_path / "handover" / shelf).mkdir(parents=True)
    token = new_key(provider.code, by="test")[1]

    def post(data, kind, name):
        return client.post(
            "/api/v1/submissions?provider=Z9A",
            data,
            content_type=kind,
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Disposition": f'attachment; filename="{name}"',
            },
        ).content

    broken = f'LocalPatientID,NHSNumber\n"{PATIENTS[0]},{NHS_NUMBERS[0]}\n'.encode()
    short = f"{NHS_NUMBERS[1]}\x00,{PATIENTS[1]}\n".encode()
    return [
        post(canary_day(), "application/zip", "day.zip"),
        post(broken, "text/csv", "CYP001MPI.csv"),
        post(short, "text/csv", "CYP001MPI.csv"),
        post(NHS_NUMBERS[2].encode(), "application/json", "CYP001MPI.csv"),
    ]


def tables() -> dict[str, bytes]:
    """Every table of the database as text, in the scope of the provider."""
    with provider_scope("Z9A", using="default"), connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        found = {}
        for name in names:
            cursor.execute(f'SELECT t::text FROM "{name}" t')  # noqa: S608 - a table's own name
            found[name] = "\n".join(row[0] for row in cursor.fetchall()).encode()
        return found


def pages(client, somebody, provider, settings, reference) -> dict[str, bytes]:
    """The pages on either side that could show something of the day."""
    found = {}
    settings.PORTAL_INSTANCE, settings.ROOT_URLCONF = "agem", "portal.urls.agem"
    client.force_login(somebody("submitter", provider))
    for path in ("", f"{reference}/", f"{reference}/report/", f"{reference}/rows/"):
        found[path] = client.get(f"/providers/Z9A/submissions/{path}").content
    settings.PORTAL_INSTANCE, settings.ROOT_URLCONF = "national", "portal.urls.national"
    client.force_login(somebody("record_viewer", provider))
    client.post("/providers/Z9A/records/purpose/", {"purpose": "quality"})
    for path in ("", "quality/", "records/", "records/CYP001MPI/", "records/CYP201CareContact/"):
        found[path] = client.get(f"/providers/Z9A/{path}").content
    return found


def test_no_canary_is_found_anywhere(sent, client, somebody, provider, settings, tmp_path):
    bell()
    submission = Submission.objects.get(state="transferring")
    shelf = open_handover(settings.HANDOVER_URL)
    (name,) = pending(shelf)
    folder = fetch(shelf, name, tmp_path / "seen")
    load_key(ticket_key())
    receive_due()
    bell()

    for answer in sent:
        assert found_in(answer) == set()
    for path in folder.iterdir():
        text = repr(pl.read_parquet(path).rows()) if path.suffix == ".parquet" else ""
        assert found_in(path.read_bytes() + text.encode()) == set(), path.name
    for table, text in tables().items():
        assert found_in(text) == set(), table
    for path, content in pages(client, somebody, provider, settings, submission.reference).items():
        assert content
        assert found_in(content) == set(), path
    for message in mail.outbox:
        assert found_in(str(message.message()).encode()) == set()
    assert AuditEvent.objects.count() > 3


def test_no_canary_is_in_the_broker_the_store_or_a_temporary_file(sent, settings, tmp_path):
    bell()

    broker = redis.Redis.from_url(settings.CELERY_BROKER_URL.replace("redis+socket", "unix"))
    for key in broker.scan_iter("agem:*"):
        assert found_in(bytes(key) + (broker.dump(key) or b"")) == set()
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file():
            assert found_in(path.read_bytes()) == set(), path.name
    for path in Path(tempfile.gettempdir()).glob("tmp*"):
        if path.is_file():
            assert found_in(path.read_bytes()) == set(), path.name


def test_a_canary_is_found_in_every_disguise():
    assert len(set(CANARIES)) == 30
    for canary in CANARIES:
        for form in disguises(canary):
            assert canary in found_in(b"before" + form + b"after")


def test_a_canary_in_base64_is_found_wherever_it_begins():
    for offset in range(6):
        coded = base64.b64encode(b"x" * offset + NHS_NUMBERS[0].encode() + b"yz")
        assert NHS_NUMBERS[0] in found_in(coded)
