"""Start processes as direct children that cannot outlive the launcher."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.embedded.accounts import Account
from portal.lifeline import tie_unless_orphan

ROOT = Path(__file__).resolve().parents[2]
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Child:
    """What to start: a command, its whole environment, its account and its log."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    log: Path | None = None  # None: it speaks to the person at the terminal
    folder: Path | None = None


def start(child: Child) -> subprocess.Popen[bytes]:
    """Start a child with the environment it names and no other."""
    output: Any = None if child.log is None else child.log.open("ab", buffering=0)
    try:
        return subprocess.Popen(  # noqa: S603 - commands are the launcher's own
            list(child.command),
            env=surroundings(child.environment),
            stdin=subprocess.DEVNULL if output else None,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            cwd=child.folder,
            umask=0o027,
            process_group=0 if output else None,
            **_privileges(child.account),
        )
    finally:
        if output:
            output.close()


def run(child: Child) -> None:
    """Run a child to its end. Raises CalledProcessError, whose output is in the child's log."""
    process = start(child)
    if process.wait() != 0:
        raise subprocess.CalledProcessError(process.returncode, list(child.command))


def stop(process: subprocess.Popen[bytes], how: int, patience: float = 10) -> None:
    """Ask a child to stop, and kill it when it has not after some seconds."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return a child's environment: a few harmless variables of ours, and its own."""
    harmless = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**harmless, "PYTHONUNBUFFERED": "1", **environment}


def _privileges(account: Account | None) -> dict[str, Any]:
    parent = os.getpid()
    options: dict[str, Any] = {"preexec_fn": lambda: tie_unless_orphan(parent)}
    if account is not None:
        groups = {"group": account.gid, "extra_groups": [account.shared]}
        options |= {"user": account.uid, **groups}
    return options
