"""`python -m portal.embedded`: boot the whole product on this machine and do the main job."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from portal.embedded import postgres, processes, valkey
from portal.embedded.children import Child, run, start
from portal.embedded.databases import ROLES
from portal.embedded.demonstration import introduction, main_job
from portal.embedded.environments import Ports, embeds_postgres, embeds_valkey
from portal.embedded.provisioning import Unprepared, command, provision
from portal.embedded.state import InUse, State, Unusable, default_folder, lock, open_state
from portal.embedded.supervision import Supervisor

_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - memory shared by PostgreSQL's processes
_COMPLAINTS = (InUse, Unusable, Unprepared, processes.Unreachable, TimeoutError, LookupError)


def main(words: Sequence[str]) -> int:
    """Do what the command line says, and return the exit code."""
    options = _parser().parse_args(words)
    if not os.access(_SHARED_MEMORY, os.W_OK):
        return _complain(f"{_SHARED_MEMORY} must be writable: PostgreSQL shares memory there.")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        return int(options.do(options))
    except _COMPLAINTS as complaint:
        return _complain(str(complaint))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("start.py", description="Run the whole portal here.")
    parser.add_argument("--state", type=Path, default=default_folder(), metavar="DIR")
    parser.add_argument("--agem-port", type=int, default=8000)
    parser.add_argument("--national-port", type=int, default=8001)
    parser.add_argument("--upload-port", type=int, help="by default one after both")
    parser.add_argument("--once", action="store_true", help="do the main job, then stop")
    parser.add_argument("--days", type=int, default=1, help="synthetic days, one after the other")
    parser.add_argument("--patients", type=int, default=500, help="of a synthetic day")
    parser.add_argument("--errors", type=float, default=0.0, help="share of faulty records")
    parser.set_defaults(do=_serve)
    commands = parser.add_subparsers(metavar="manage|test")
    manage = commands.add_parser("manage", help="run a management command of an instance")
    manage.add_argument("instance", choices=tuple(ROLES))
    manage.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    manage.set_defaults(do=_manage)
    return parser


def _serve(options: argparse.Namespace) -> int:
    """Boot, do the main job, and serve until told to stop."""
    begun = time.monotonic()
    uploads = options.upload_port or max(options.agem_port, options.national_port) + 1
    ports = Ports(options.agem_port, options.national_port, uploads)
    with _booted(options.state) as (state, supervisor):
        new = provision(state, ports)
        supervisor.start(processes.processes(state, ports))
        processes.wait_for_web(ports)
        _say(f"Serving after {time.monotonic() - begun:.1f} s.")
        failed = _finish_job(options, state, ports, supervisor)
        _say(introduction(state, ports, new=new))
        while not options.once:
            supervisor.tick()
    return failed


def _finish_job(
    options: argparse.Namespace, state: State, ports: Ports, supervisor: Supervisor
) -> int:
    """Do the main job while the processes are watched; return 1 if it failed."""
    wanted = {name: getattr(options, name) for name in ("days", "patients", "errors")}
    words = [f"--{name}={value}" for name, value in wanted.items()]
    job = start(main_job(state, ports, *words))
    while job.poll() is None:
        supervisor.tick()
    return 1 if job.returncode else 0


def _manage(options: argparse.Namespace) -> int:
    """Run one management command, on the running product or on servers started for it."""
    state = open_state(options.state)
    step = command(state, Ports(), options.instance, *options.words)
    step = replace(step, log=None)
    try:
        with _booted(options.state):
            return _finish(step)
    except InUse:
        return _finish(step)


def _finish(step: Child) -> int:
    try:
        run(step)
    except subprocess.CalledProcessError as failure:
        return failure.returncode
    return 0


@contextmanager
def _booted(folder: Path) -> Iterator[tuple[State, Supervisor]]:
    """Run the embedded servers for a while; everything is stopped at the end."""
    state = open_state(folder)
    supervisor = Supervisor(_say)
    with lock(state):
        try:
            if embeds_valkey():
                supervisor.adopt(valkey.server(state.broker), valkey.boot(state.broker))
            if embeds_postgres():
                supervisor.adopt(postgres.server(state.cluster), postgres.boot(state.cluster))
            yield state, supervisor
        finally:
            supervisor.halt()


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _complain(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
