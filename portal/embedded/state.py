"""The state folder: secrets made once, and a place for everything that the product keeps."""

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from portal.embedded.accounts import Accounts, choose_accounts, give, reachable, share
from portal.embedded.children import ROOT
from portal.embedded.databases import ROLES
from portal.embedded.key_files import make_key_files
from portal.embedded.postgres import Cluster
from portal.embedded.valkey import Broker

_LARGE_LOG = 5_000_000
_LONGEST_PATH = 78  # what Linux leaves of 107 for the names of the sockets


class Unusable(Exception):
    """The state folder is in a place where the servers cannot work."""


class InUse(Exception):
    """Another launcher uses the state folder."""


@dataclass(frozen=True)
class State:
    """A state folder that is ready: folders made, secrets and keys present."""

    folder: Path
    secrets: Mapping[str, str]
    accounts: Accounts

    @property
    def cluster(self) -> Cluster:
        """The embedded PostgreSQL of this state."""
        return Cluster(self.folder / "postgres", self.secrets["postgres"], self.accounts.servers)

    @property
    def broker(self) -> Broker:
        """The embedded Valkey of this state."""
        passwords = {name: self.secrets[f"{name}_broker"] for name in ROLES}
        return Broker(self.folder / "valkey", passwords, self.accounts.servers)

    def log(self, name: str) -> Path:
        """Return a process's log file; one that has grown large is put aside."""
        path = self.folder / "logs" / f"{name}.log"
        if path.exists() and path.stat().st_size > _LARGE_LOG:
            path.rename(path.with_suffix(".old.log"))
        return path


def default_folder() -> Path:
    """Return where the state is kept unless somebody says otherwise."""
    if chosen := os.environ.get("PORTAL_STATE"):
        return Path(chosen)
    if os.geteuid() == 0:
        return Path("/var/lib/community-portal")
    return Path.home() / ".local" / "share" / "community-portal"


def open_state(folder: Path) -> State:
    """Make what is missing in a state folder and return it. Raises Unusable."""
    folder = folder.absolute()
    accounts = choose_accounts(ROOT)
    _refuse_if_unusable(folder, accounts)
    folder.chmod(0o711 if accounts.servers else 0o700)
    _make_folders(folder, accounts)
    make_key_files(folder / "keys", accounts)
    return State(folder, _read_secrets(folder / "secrets.json"), accounts)


def lock(state: State) -> IO[str]:
    """Hold the state folder for this launcher as long as the file stays open. Raises InUse."""
    file = (state.folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise InUse(f"The product already runs on the state in {state.folder}.") from None
    return file


def _refuse_if_unusable(folder: Path, accounts: Accounts) -> None:
    if len(str(folder)) > _LONGEST_PATH:
        raise Unusable(f"{folder} is too long a path for a socket; choose another --state.")
    folder.mkdir(parents=True, exist_ok=True)
    if accounts.servers and not reachable(folder.parent):
        raise Unusable(
            f"{folder} lies in a folder that is root's alone, and the servers do not run as root;"
            " choose another --state."
        )


def _make_folders(folder: Path, accounts: Accounts) -> None:
    for name in ("keys", "static", "logs", "handover"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name).chmod(0o711)
    share(folder / "static", accounts.agem, 0o2750)
    (folder / "logs").chmod(0o700)
    (folder / "store").mkdir(exist_ok=True)
    give(folder / "store", accounts.agem, 0o700)
    # one side writes and the other reads, through the group that both are in
    for name, writer in (("outgoing", accounts.agem), ("acknowledgements", accounts.national)):
        (folder / "handover" / name).mkdir(exist_ok=True)
        share(folder / "handover" / name, writer, 0o2750)
    for name in ROLES:
        (folder / "checkpoints" / name).mkdir(parents=True, exist_ok=True)
        (folder / "checkpoints").chmod(0o711)
        give(folder / "checkpoints" / name, accounts.of(name), 0o700)
        (folder / "work" / name).mkdir(parents=True, exist_ok=True)
        (folder / "work").chmod(0o711)
        give(folder / "work" / name, accounts.of(name), 0o700)


def _read_secrets(path: Path) -> Mapping[str, str]:
    """Return the secrets of the state; those that are missing are made and kept, 0600."""
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    names = ["postgres", "demo"]
    names += [role for roles in ROLES.values() for role in roles]
    names += [f"{name}_{what}" for name in ROLES for what in ("broker", "secret_key")]
    missing = {name: secrets.token_urlsafe(48) for name in names if name not in kept}
    if "demo" in missing:
        missing["demo"] = secrets.token_urlsafe(12)
    if missing:
        kept |= missing
        unfinished = path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o600)
        unfinished.write_text(json.dumps(kept, indent=2), encoding="utf-8")
        unfinished.rename(path)
    return kept
