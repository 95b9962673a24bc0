import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from portal.embedded.children import Child, start, stop
from portal.embedded.supervision import Supervisor

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
LAUNCHER = """
import sys, time
from portal.embedded.children import Child, start
print(start(Child("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])).pid)
sys.stdout.flush()
time.sleep(60)
"""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(true, patience=10):
    deadline = time.monotonic() + patience
    while not (result := true()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return result


def test_a_child_dies_with_a_launcher_that_is_killed():
    command = [sys.executable, "-c", LAUNCHER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as launcher:
        child = int(launcher.stdout.readline())
        launcher.kill()

    assert eventually(lambda: not alive(child))


def test_a_child_knows_only_what_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL_AGEM", "postgresql://secret")
    show = [sys.executable, "-c", "import os; print(sorted(os.environ))"]

    start(Child("show", show, {"OWN": "yes"}, log=tmp_path / "log")).wait()

    seen = (tmp_path / "log").read_text()
    assert "'OWN'" in seen
    assert "DATABASE_URL_AGEM" not in seen


def test_what_a_child_writes_is_closed_to_strangers(tmp_path):
    touch = [sys.executable, "-c", "open('made', 'w').close()"]

    start(Child("touch", touch, log=tmp_path / "log", folder=tmp_path)).wait()

    assert (tmp_path / "made").stat().st_mode & 0o007 == 0


def test_a_child_that_does_not_listen_is_killed(tmp_path):
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1); time.sleep(60)"
    log = tmp_path / "log"
    process = start(Child("deaf", [sys.executable, "-c", deaf], log=log))
    eventually(log.read_text)

    stop(process, signal.SIGTERM, patience=0.2)

    assert process.returncode == -signal.SIGKILL


def test_a_child_that_dies_is_started_again(tmp_path):
    said = []
    supervisor = Supervisor(said.append)
    process = start(Child("sleeper", SLEEPER, log=tmp_path / "log"))
    supervisor.adopt(Child("sleeper", SLEEPER, log=tmp_path / "log"), process)

    os.kill(process.pid, signal.SIGKILL)

    def again():
        supervisor.tick()
        return [one for one in supervisor.pids() if one != process.pid]

    new = eventually(again)
    supervisor.halt()
    assert new
    assert said == ["sleeper ended; it is started again."]
    assert not alive(new[0])
