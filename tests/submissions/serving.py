"""A web server of a test alone: a process of its own, on the loopback and the test's database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    """Where the server listens, and the process that answers."""

    port: int
    pid: int
    uploads: int

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve(folder: Path, **environment: str) -> Iterator[Server]:
    """Serve the AGEM instance with its store in a folder."""
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    port, uploads = _free_port(), _free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1"),
            *("--blocking-threads", "4", "--port", str(port), "--factory"),
            "tests.submissions.listening:application",
        ],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": f"{base.rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}?{query}",
            "STORE_URL": f"file://{folder}/store",
            "DJANGO_SETTINGS_MODULE": "portal.settings.testing",
            "PORTAL_INSTANCE": "agem",
            "TMPDIR": str(folder),
            "UPLOAD_LISTENER": f"127.0.0.1:{uploads}",
            **environment,
        },
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            assert process.poll() is None
            time.sleep(0.2)
        yield Server(port, _worker(process.pid), uploads)
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _worker(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return int(children[-1]) if children else pid
