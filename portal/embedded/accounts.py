"""Choose the unprivileged accounts that the embedded processes run as when root starts them."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

_SERVER_NAMES = ("postgres", "nobody")
_UNNAMED = 61184  # beginning of the range that Linux sets aside for accounts without a name


@dataclass(frozen=True)
class Account:
    """A user and group to run as, and the group that all parts of the product share."""

    uid: int
    gid: int
    shared: int


@dataclass(frozen=True)
class Accounts:
    """Who runs what; None means the ordinary user that started the launcher."""

    servers: Account | None
    agem: Account | None
    national: Account | None

    def of(self, instance: str) -> Account | None:
        """Return the account of an instance's own processes."""
        return self.agem if instance == "agem" else self.national


def choose_accounts(code: Path) -> Accounts:
    """Return the accounts: as root, one for the servers and one for each instance.

    The instances' accounts have no name, so that nothing is added to the machine. Where they
    could not read the code (a folder under root's home), the instances stay with root.
    """
    if os.geteuid() != 0:
        return Accounts(None, None, None)
    servers = _named_account()
    if not (reachable(code) and reachable(Path(os.path.realpath("/proc/self/exe")))):
        return Accounts(servers, None, None)
    agem, national = (Account(_UNNAMED + n, _UNNAMED + n, _UNNAMED) for n in (1, 2))
    return Accounts(servers, agem, national)


def reachable(path: Path) -> bool:
    """Say whether any account may read a path: every folder above it lets others through."""
    folders = [path, *path.parents]
    return all(folder.stat().st_mode & 0o001 for folder in folders if folder.is_dir())


def give(path: Path, account: Account | None, mode: int) -> None:
    """Hand a file or folder of the state folder to an account."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
    path.chmod(mode)


def share(path: Path, account: Account | None, mode: int) -> None:
    """Hand a folder to an account and to the group that all parts of the product share."""
    if account is not None:
        os.chown(path, account.uid, account.shared)
    path.chmod(mode)


def _named_account() -> Account:
    for name in _SERVER_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, _UNNAMED)
    raise LookupError("Neither the account 'postgres' nor 'nobody' exists on this machine.")
