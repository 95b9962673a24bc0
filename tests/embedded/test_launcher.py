"""The whole product, started as a person starts it, and treated badly."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from portal.embedded.databases import in_database
from portal.embedded.state import open_state

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.long


def free_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def eventually(true, patience=120):
    deadline = time.monotonic() + patience
    while not (result := true()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return result


def surroundings():
    """The environment of a person, who has none of the product's settings."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


class Product:
    """A running launcher and what belongs to its state folder."""

    def __init__(self, folder, *words):
        self.folder = folder
        self.port = free_port()
        self.output = folder.parent / f"{folder.name}.out"
        command = [sys.executable, "-m", "portal.embedded", "--state", str(folder), *words]
        command += ["--agem-port", str(self.port), "--national-port", str(free_port())]
        with self.output.open("wb") as output:
            self.launcher = subprocess.Popen(
                command, cwd=ROOT, env=surroundings(), stdout=output, stderr=output
            )

    def said(self):
        return self.output.read_text(encoding="utf-8")

    def serves(self):
        return eventually(lambda: "Serving" in self.said() or self.launcher.poll() is not None)

    def processes(self, kind=""):
        """The process ids that belong to the state folder, of one kind or all."""
        return [
            int(entry.name)
            for entry in Path("/proc").glob("[0-9]*")
            if int(entry.name) != self.launcher.pid and self.belongs(entry, kind)
        ]

    def belongs(self, entry, kind):
        try:
            if " Z " in (entry / "stat").read_text():
                return False
            command = (entry / "cmdline").read_bytes()
            told = command + (entry / "environ").read_bytes()
        except OSError:
            return False
        return str(self.folder).encode() in told and kind.encode() in told

    def ask(self, database, query):
        """The rows of a query; none when the product has ended meanwhile."""
        state = open_state(self.folder)
        try:
            with psycopg.connect(in_database(state.cluster.admin_url, database)) as connection:
                return connection.execute(query).fetchall()
        except psycopg.OperationalError:
            return []


@pytest.fixture
def product():
    running = []
    place = Path(tempfile.mkdtemp(prefix="portal-"))  # a short path, as sockets need
    place.chmod(0o711)

    def start(*words):
        running.append(Product(place / "state", *words))
        return running[-1]

    yield start
    for one in running:
        one.launcher.kill()
        one.launcher.wait()
    shutil.rmtree(place, ignore_errors=True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_launcher_that_ends_leaves_no_process(product, how):
    running = product("--patients=20")
    running.serves()
    assert len(running.processes()) > 8, running.said()

    running.launcher.send_signal(how)
    running.launcher.wait(60)

    assert eventually(lambda: not running.processes(), 15), running.processes()


def test_a_worker_that_is_killed_at_work_loses_nothing_and_does_nothing_twice(product):
    running = product("--once", "--patients=1000")
    busy = "SELECT 1 FROM submissions_submission WHERE state IN ('checking', 'pseudonymising')"
    running.serves()
    ended = running.launcher.poll
    assert eventually(lambda: ended() is not None or running.ask("agem", busy)), running.said()
    assert ended() is None, running.said()

    for pid in running.processes("portal.celery"):
        os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: ended() is not None, 180), running.said()
    assert ended() == 0, running.said()
    assert re.findall(r"(Z9[AB]) .* transferred", running.said()) == ["Z9A", "Z9B"]


def test_the_second_start_has_nothing_new_to_do(product):
    first = product("--once", "--patients=20")
    assert first.launcher.wait(180) == 0, first.said()
    prepared = (first.folder / "prepared").stat().st_mtime

    second = product("--patients=20")
    second.serves()

    assert (first.folder / "prepared").stat().st_mtime == prepared
    with urllib.request.urlopen(f"http://127.0.0.1:{second.port}/healthz") as answer:
        assert answer.status == 200
