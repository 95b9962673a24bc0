"""A large body is taken in quickly and in little memory: hashed, encrypted and stored as it comes.

It is sent over the loopback to a web server of its own, and refused by the door at its first bytes,
so that storing alone is measured. `python benchmarks/upload.py` runs this and shows the figures.
"""

import http.client
import os
import secrets
import time
from pathlib import Path

import pytest
from django.conf import settings

from submissions.credentials import new_key
from tests.people import make_provider
from tests.submissions.serving import serve

SIZE = 1024**3 - 1024**2
BLOCK = secrets.token_bytes(1024 * 1024)
BOUNDARY = "----a-boundary-of-this-benchmark"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="day.csv"\r\n'
    "Content-Type: text/csv\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
MOST_GROWTH = 32


@pytest.fixture
def server(transactional_db, tmp_path):
    """A web server of this benchmark alone: its listener for uploads, and a key to send with."""
    _, key = new_key(make_provider("Z9A").code, by="benchmark")
    with serve(tmp_path) as served:
        yield served.uploads, served.pid, key


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
@pytest.mark.parametrize("form", [False, True])
def test_a_gigabyte_is_taken_in(server, form):
    port, pid, key = server
    _send(port, key, 8 * len(BLOCK), form=form)
    before, begun, used = _memory(pid, "VmRSS"), time.monotonic(), _seconds(pid)

    status = _send(port, key, SIZE, form=form)

    used, wall = _seconds(pid) - used, time.monotonic() - begun
    growth = _memory(pid, "VmHWM") - before
    print(  # noqa: T201 - benchmarks/upload.py shows them
        f"\n{'form' if form else 'raw'}: {SIZE / 1e6:,.0f} MB in {wall:.1f} s,"
        f" {SIZE / 1e6 / used:,.0f} MB/s a core, memory +{growth:.0f} MB"
    )
    assert status == 422
    assert growth < MOST_GROWTH
    assert settings.FILE_UPLOAD_TEMP_DIR is None
