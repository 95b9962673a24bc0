"""The product's own processes: two web servers, two workers and two clocks."""

import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from portal.embedded.children import ROOT, Child
from portal.embedded.databases import ROLES
from portal.embedded.environments import Ports, environment
from portal.embedded.state import State

_WEB = (
    "--interface wsgi --no-ws --workers 1 --blocking-threads 48 --no-access-log --log-level warning"
)
_WORKER = "--pool solo --without-gossip --without-mingle --without-heartbeat --loglevel WARNING"


class Unreachable(Exception):
    """A web server does not answer."""


def processes(state: State, ports: Ports) -> list[Child]:
    """Return what to start, in order: people are served first."""
    makers = (_web, _worker, _clock)
    return [make(state, ports, instance) for make in makers for instance in ROLES]


def wait_for_web(ports: Ports, patience: float = 60) -> None:
    """Wait until both web servers answer. Raises Unreachable when one does not."""
    deadline = time.monotonic() + patience
    for instance in ROLES:
        while not _answers(f"{ports.origin(instance)}/healthz"):
            if time.monotonic() > deadline:
                raise Unreachable(f"The {instance} web server does not answer; see its log.")
            time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except (urllib.error.URLError, OSError):
        return False


def _web(state: State, ports: Ports, instance: str) -> Child:
    listen = ["--host", "127.0.0.1", "--port", str(getattr(ports, instance))]
    command = [_tool("granian"), *_WEB.split(), *listen, "portal.wsgi:application"]
    return _child(state, ports, instance, "web", command)


def _worker(state: State, ports: Ports, instance: str) -> Child:
    command = [_tool("celery"), "--app", "portal.celery", "worker", *_WORKER.split()]
    return _child(state, ports, instance, "worker", command)


def _clock(state: State, ports: Ports, instance: str) -> Child:
    command = [_tool("celery"), "--app", "portal.beat", "beat", "--pidfile="]
    return _child(state, ports, instance, "beat", command)


def _child(state: State, ports: Ports, instance: str, purpose: str, command: list[str]) -> Child:
    name = f"{instance}-{purpose}"
    return Child(
        name,
        command,
        environment(state, ports, instance, purpose),
        state.accounts.of(instance),
        state.log(name),
        ROOT,
    )


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
