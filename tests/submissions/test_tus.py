"""An upload that breaks goes on where it broke, and the whole arrives as it was sent."""

import base64
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from tusclient.client import TusClient

from submissions import pieces
from submissions.credentials import new_key
from submissions.models import Piece, StoredFile, Submission, Upload
from submissions.states import State

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
NODE = shutil.which("node")
TUS = {"Tus-Resumable": "1.0.0"}
SENDER = """
import sys
from tusclient.client import TusClient
url, key, path, at = sys.argv[1:]
uploader = TusClient(url, headers={"Authorization": f"Bearer {key}"}).uploader(
    path, chunk_size=5_000, metadata={"filename": "day.zip"})
uploader.set_url(at or uploader.create_url())
uploader.offset = uploader.get_offset()
print(uploader.url, flush=True)
uploader.upload()
print(uploader.request.response_headers["submission-reference"], flush=True)
"""


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 8192)


@pytest.fixture
def package(day):
    return day(patients=300)


@pytest.fixture
def ask(client, key):
    """Speak tus by hand: `ask("patch", url, body, **headers)`."""

    def asking(method, url="/api/v1/uploads", body=b"", **headers):
        return client.generic(
            method.upper(),
            url,
            body,
            content_type="application/offset+octet-stream",
            headers={**TUS, "Authorization": f"Bearer {key}", **headers},
        )

    return asking


@pytest.fixture
def begun(ask, package):
    """The address of an upload that has begun."""
    name = base64.b64encode(b"day.zip").decode()
    headers = {"Upload-Length": str(len(package)), "Upload-Metadata": f"filename {name}"}
    return ask("post", **headers)["Location"]


def test_the_python_client_sends_a_day(live_server, key, package):
    headers = {"Authorization": f"Bearer {key}"}
    client = TusClient(f"{live_server.url}/api/v1/uploads", headers=headers)
    sender = client.uploader(
        file_stream=BytesIO(package),
        chunk_size=30_000,
        metadata={"filename": "day.zip"},
        upload_checksum=True,
    )

    sender.upload()

    submission = Submission.objects.get()
    assert submission.state == State.RECEIVED
    assert submission.sha256 == hashlib.sha256(package).hexdigest()
    assert StoredFile.objects.get().name == "day.zip"
    assert not Piece.objects.exists()


def test_a_sender_killed_at_random_goes_on_where_it_was(live_server, key, package, tmp_path):
    (tmp_path / "day.zip").write_bytes(package)
    chance, at = random.Random(7), ""  # noqa: S311 - where to break, not a secret
    for _ in range(3):
        words = [f"{live_server.url}/api/v1/uploads", key, str(tmp_path / "day.zip"), at]
        sender = subprocess.Popen(
            [sys.executable, "-c", SENDER, *words], stdout=subprocess.PIPE, text=True
        )
        at = sender.stdout.readline().strip()
        time.sleep(chance.random() / 5)
        sender.send_signal(signal.SIGKILL)
        sender.wait()
        sender.stdout.close()

    words[3] = at
    # the last request may arrive whole after its sender died: then there is nothing to go on with
    subprocess.run([sys.executable, "-c", SENDER, *words], capture_output=True, check=False)
    for _ in range(100):
        if not Upload.objects.exists():
            break
        time.sleep(0.1)
    assert Submission.objects.get().sha256 == hashlib.sha256(package).hexdigest()


def test_bytes_at_another_offset_are_refused(ask, begun, package):
    ask("patch", begun, package[:5000], **{"Upload-Offset": "0"})

    answer = ask("patch", begun, package[4000:], **{"Upload-Offset": "4000"})

    assert answer.status_code == 409
    assert ask("head", begun)["Upload-Offset"] == "5000"


def test_a_part_with_a_wrong_checksum_leaves_nothing(ask, begun, package):
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()

    answer = ask(
        "patch", begun, package, **{"Upload-Offset": "0", "Upload-Checksum": f"sha256 {wrong}"}
    )

    assert answer.status_code == 460
    assert ask("head", begun)["Upload-Offset"] == "0"
    assert not Piece.objects.exists()


def test_an_upload_given_up_or_expired_leaves_its_row_alone(ask, begun, package, tmp_path):
    ask("patch", begun, package[:9000], **{"Upload-Offset": "0"})
    other = ask("post", **{"Upload-Length": "100"})["Location"]

    assert ask("delete", begun).status_code == 204
    Upload.objects.update(expires_at="2024-01-01T00:00Z")
    assert ask("head", other).status_code == 404
    pieces.end_expired_uploads()

    assert set(Submission.objects.values_list("state", flat=True)) == {State.INCOMPLETE}
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


def test_a_wrong_file_is_refused_with_its_last_part(ask):
    body = os.urandom(20_000)
    location = ask("post", **{"Upload-Length": "20000"})["Location"]

    answer = ask("patch", location, body, **{"Upload-Offset": "0"})

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("wrong-format")
    assert Submission.objects.get().state == State.REFUSED


def test_another_providers_upload_is_not_there(ask, client, begun, other_provider):
    _, other = new_key(other_provider.code, by="test")

    assert ask("head", begun, Authorization=f"Bearer {other}").status_code == 404


def test_the_protocols_version_is_asked_for(ask):
    answer = ask("post", **{"Tus-Resumable": "0.2.2", "Upload-Length": "5"})

    assert answer.status_code == 412
    assert "creation" in ask("options")["Tus-Extension"]


JAVASCRIPT = """
const tus = require("tus-js-client"), fs = require("fs");
const [url, key, path, broken] = process.argv.slice(1);
let last = null;
const upload = new tus.Upload(fs.createReadStream(path), {
  endpoint: url,
  uploadSize: fs.statSync(path).size,
  chunkSize: 4000,
  retryDelays: null,
  headers: {Authorization: `Bearer ${key}`},
  metadata: {filename: "day.zip"},
  onAfterResponse: (_, response) => {
    last = response.getHeader("Submission-Reference") || last;
    if (broken && upload.url && response.getHeader("Upload-Offset") > 4000) {
      console.log(upload.url);
      process.exit(9);
    }
  },
  onError: (error) => { console.error(String(error)); process.exit(1); },
  onSuccess: () => console.log(last),
});
if (!broken && process.argv[5]) upload.url = process.argv[5];
upload.start();
"""


def has_javascript_client():
    if NODE is None:
        return False
    words = [NODE, "-e", 'require("tus-js-client")']
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_javascript_client(), reason="node with tus-js-client is not there")
def test_the_javascript_client_goes_on_where_it_broke(live_server, key, package, tmp_path):
    (tmp_path / "day.zip").write_bytes(package)
    words = [f"{live_server.url}/api/v1/uploads", key, str(tmp_path / "day.zip")]

    def run(*more):
        command = [NODE, "-e", JAVASCRIPT, "--", *words, *more]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    first = run("broken")
    at = first.stdout.strip()
    second = run("", at)

    assert first.returncode == 9, first.stderr
    assert second.stdout.strip() == Submission.objects.get().reference, second.stderr
    assert Submission.objects.get().sha256 == hashlib.sha256(package).hexdigest()
