"""Bring both databases, the static files and the demonstration up to the code that is here."""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from portal.embedded.children import ROOT, Child, start
from portal.embedded.databases import ROLES, make_database, make_roles
from portal.embedded.environments import DATABASE_VARIABLES, Ports, database_url, environment
from portal.embedded.state import State

_WHAT_MATTERS = ("*/migrations/*.py", "static/**/*", "portal/roles.py", "portal/management/**/*.py")


class Unprepared(Exception):
    """A step of the preparation failed; its log says why."""


def provision(state: State, ports: Ports) -> bool:
    """Make databases, roles, tables, keys, static files and demonstration people.

    What has not changed since the last time is not done again. Says whether this was the first
    time. Raises Unprepared.
    """
    stamp, digest = state.folder / "prepared", _digest(state)
    new = not stamp.exists()
    if not new and stamp.read_text(encoding="utf-8") == digest:
        return new
    for instance in ROLES:
        _make_database(state, instance)
    carry_out(
        [
            command(state, ports, "agem", "migrate", "--no-input"),
            command(state, ports, "national", "migrate", "--no-input"),
            command(state, ports, "agem", "collectstatic", "--no-input", "--clear"),
        ]
    )
    carry_out([command(state, ports, "national", "load_ticket_key")])
    carry_out([command(state, ports, name, "seed_demo", purpose="web") for name in ROLES])
    stamp.write_text(digest, encoding="utf-8")
    return new


def command(
    state: State, ports: Ports, instance: str, *words: str, purpose: str = "owner"
) -> Child:
    """Return a management command as a child: by default with the right to change tables."""
    surroundings = environment(state, ports, instance, purpose)
    return Child(
        f"{instance}-{words[0]}",
        [sys.executable, str(ROOT / "manage.py"), *words],
        surroundings | {"DEMO_PASSWORD": state.secrets["demo"]},
        state.accounts.of(instance),
        state.log(f"{instance}-{words[0]}"),
        ROOT,
    )


def _make_database(state: State, instance: str) -> None:
    if not os.environ.get(DATABASE_VARIABLES[instance]):
        make_database(state.cluster.admin_url, instance)
    make_roles(database_url(state, instance), instance, state.secrets)


def carry_out(steps: Sequence[Child]) -> None:
    """Run steps beside one another and wait for all. Raises Unprepared for the first that fails."""
    running = [(step, start(step)) for step in steps]
    failed = [step for step, process in running if process.wait() != 0]
    if failed:
        raise Unprepared(f"{failed[0].name} failed; see {failed[0].log}.")


def _digest(state: State) -> str:
    """Return a digest of all that the preparation depends on."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    for instance in ROLES:
        digest.update(database_url(state, instance).encode())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for pattern in _WHAT_MATTERS:
        yield from sorted(path for path in ROOT.glob(pattern) if path.is_file())
