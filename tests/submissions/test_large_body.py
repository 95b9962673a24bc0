"""A large body is taken in quickly and in little memory: hashed, encrypted and stored as it comes.

It is sent over the loopback to a web server of its own, and refused by the door at its first bytes,
so that storing alone is measured. `python benchmarks/upload.py` runs this and shows the figures.
"""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from submissions.credentials import new_key
from tests.people import make_provider

ROOT = Path(__file__).resolve().parents[1]
SIZE = 1024**3 - 1024**2
BLOCK = secrets.token_bytes(1024 * 1024)
BOUNDARY = "----a-boundary-of-this-benchmark"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="day.csv"\r\n'
    "Content-Type: text/csv\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
MOST_GROWTH = 32
LEAST_RAW, LEAST_FORM = 300, 180


@pytest.fixture
def server(transactional_db, tmp_path):
    """A web server of this benchmark alone: its port and process, and a key to send with."""
    provider = make_provider("Z9A")
    _, key = new_key(provider.code, by="benchmark")
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    name = connection.settings_dict["NAME"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": f"{base.rsplit('/', 1)[0]}/{name}?{query}",
        "STORE_URL": f"file://{tmp_path}/store",
        "DJANGO_SETTINGS_MODULE": "portal.settings.testing",
        "PORTAL_INSTANCE": "agem",
        "TMPDIR": str(tmp_path),
    }
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1"),
        *("--blocking-threads", "4", "--port", str(port), "--factory"),
        "django.core.wsgi:get_wsgi_application",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        while not _answers(port):
            assert process.poll() is None
            time.sleep(0.2)
        yield port, _worker(process.pid), key
    finally:
        process.terminate()
        process.wait()


def _answers(port):
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _worker(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return int(children[-1]) if children else pid


def _memory(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


def _seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _send(port, key, size, *, form):
    length = size + (len(HEAD) + len(TAIL) if form else 0)
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    caller.putrequest("POST", "/api/v1/submissions")
    kind = f"multipart/form-data; boundary={BOUNDARY}" if form else "text/csv"
    for name, value in {
        "Authorization": f"Bearer {key}",
        "Content-Type": kind,
        "Content-Length": str(length),
    }.items():
        caller.putheader(name, value)
    caller.endheaders()
    if form:
        caller.send(HEAD)
    for _ in range(size // len(BLOCK)):
        caller.send(BLOCK)
    if form:
        caller.send(TAIL)
    answer = caller.getresponse()
    answer.read()
    caller.close()
    return answer.status


@pytest.mark.long
@pytest.mark.parametrize(("form", "least"), [(False, LEAST_RAW), (True, LEAST_FORM)])
def test_a_gigabyte_is_taken_in(server, form, least):
    port, pid, key = server
    _send(port, key, 8 * len(BLOCK), form=form)
    before, begun, used = _memory(pid, "VmRSS"), time.monotonic(), _seconds(pid)

    status = _send(port, key, SIZE, form=form)

    used, wall = _seconds(pid) - used, time.monotonic() - begun
    growth = _memory(pid, "VmHWM") - before
    rate = SIZE / 1e6 / used
    print(  # noqa: T201 - the figures are the point
        f"\n{'form' if form else 'raw'}: {SIZE / 1e6:,.0f} MB in {wall:.1f} s,"
        f" {rate:,.0f} MB/s a core, memory +{growth:.0f} MB"
    )
    assert status == 422
    assert growth < MOST_GROWTH
    assert rate >= least
    assert settings.FILE_UPLOAD_TEMP_DIR is None
