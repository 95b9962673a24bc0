"""The commands in the documentation do what they say, where their tool is installed."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from submissions.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "submit-every-night.md"


def block(language, beginning):
    """The block of a language that begins so."""
    found = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return next(text for text in found if text.startswith(beginning))


@pytest.fixture
def folder(tmp_path, day, key):
    """A folder with a day and a key, as the page has them."""
    (tmp_path / "day.zip").write_bytes(day())
    (tmp_path / "key").write_text(key + "\n", encoding="ascii")
    return tmp_path


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_line_of_curl_sends_a_day(live_server, folder):
    script = block("sh", "curl").replace("/etc/pilot", str(folder)).replace("wait=30", "wait=0")

    done = subprocess.run(
        ["/bin/bash", "-ec", script],
        cwd=folder,
        env={"PILOT_URL": live_server.url, "PATH": "/usr/bin:/bin", "no_proxy": "*"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["reference"] == Submission.objects.get().reference


@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("openssl")), reason="curl or openssl is not there"
)
def test_the_lines_verify_a_receipt_and_find_a_changed_one(live_server, folder, send, day):
    reference = send(day()).json()["reference"]
    script = block("sh", 'curl -sf "$PILOT_URL/api/v1/receipt-key"')
    script = script.replace("/etc/pilot", str(folder)).replace("S-1234567", reference)
    names = {"PILOT_URL": live_server.url, "PATH": os.environ["PATH"], "no_proxy": "*"}

    def run(lines):
        words = ["/bin/bash", "-ec", lines]
        return subprocess.run(
            words, cwd=folder, env=names, capture_output=True, text=True, check=False
        )

    good = run(script)
    receipt = folder / "receipt.json"
    receipt.write_text(receipt.read_text().replace('"records":', '"records":1'))
    changed = run(script[script.index("openssl") :])

    assert "Verified Successfully" in good.stdout, good.stderr
    assert changed.returncode != 0


@pytest.mark.skipif(not shutil.which("pwsh"), reason="PowerShell is not installed")
def test_the_lines_of_powershell_send_a_day(live_server, folder):
    script = block("powershell", "$key").replace("C:\\pilot\\key", str(folder / "key"))

    subprocess.run(
        [shutil.which("pwsh"), "-NoProfile", "-Command", script],
        cwd=folder,
        env={"PILOT_URL": live_server.url, "PATH": "/usr/bin:/bin"},
        check=True,
    )

    assert Submission.objects.exists()
