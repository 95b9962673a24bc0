"""Run the tests on a throw-away PostgreSQL and Valkey, made before Django reads its settings."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from portal.embedded import postgres, valkey
from portal.embedded.accounts import Accounts, choose_accounts
from portal.embedded.children import stop
from portal.embedded.databases import (
    NO_LARGE_OBJECTS,
    ROLES,
    in_database,
    login,
    make_database,
    make_roles,
)
from portal.embedded.key_files import PSEUDONYM_KEYS, make_key_files

MARK = "PORTAL_THROWAWAY"
PREFIX = "portal-tests-"
OWNER = "agem_owner"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    if MARK in os.environ:  # a worker of xdist uses what the first process made
        return (yield)
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    servers: list[subprocess.Popen[bytes]] = []
    early_config.add_cleanup(lambda: _clear(folder, servers))
    servers += _boot(folder)
    return (yield)


def _boot(folder: Path) -> Generator[subprocess.Popen[bytes]]:
    """Start the servers one after the other, then say in the environment where they are."""
    account = choose_accounts(folder).servers
    folder.chmod(0o711)
    (folder / "pid").write_text(str(os.getpid()), encoding="utf-8")
    password = secrets.token_hex(16)
    cluster = postgres.Cluster(folder / "postgres", password, account, throwaway=True)
    broker = valkey.Broker(folder / "valkey", {"agem": password, "national": password}, account)
    yield valkey.boot(broker)
    yield postgres.boot(cluster)
    _make_roles(cluster.admin_url, password)
    _describe(folder, cluster, broker, password)


def _make_roles(admin_url: str, password: str) -> None:
    """Make every role of both instances, and let the owner make databases and act as any role."""
    for instance, roles in ROLES.items():
        make_database(admin_url, instance)
        url = in_database(admin_url, instance)
        make_roles(url, instance, dict.fromkeys(roles, password))
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {OWNER} CREATEDB")
        connection.execute(f"GRANT CONNECT ON DATABASE postgres TO {OWNER}")
        for role in {*ROLES["agem"], *ROLES["national"]} - {OWNER}:
            connection.execute(f"GRANT {role} TO {OWNER}")
    with psycopg.connect(in_database(admin_url, "template1"), autocommit=True) as connection:
        connection.execute(NO_LARGE_OBJECTS)
        for kind in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
            connection.execute(
                f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public"
                f" GRANT {kind} TO agem_portal, national_portal"
            )


def _describe(
    folder: Path, cluster: postgres.Cluster, broker: valkey.Broker, password: str
) -> None:
    keys = folder / "keys"
    make_key_files(keys, Accounts(None, None, None))
    owner = login(in_database(cluster.admin_url, "agem"), OWNER, password)
    viewer = login(in_database(cluster.admin_url, "agem"), "national_viewer", password)
    os.environ |= {
        MARK: str(folder),
        "DATABASE_URL": owner,
        "RECORDS_DATABASE_URL": viewer,
        "BROKER_URL": broker.url("agem"),
        "STORE_URL": (folder / "store").as_uri(),
        "HANDOVER_URL": (folder / "handover").as_uri(),
        "CHECKPOINT_KEY_FILE": str(keys / "national" / "checkpoint.pem"),
        "CHECKPOINTS_URL": (folder / "checkpoints").as_uri(),
        "STORE_KEY_FILE": str(keys / "agem" / "store.key"),
        "PSEUDONYM_KEYS_URL": (keys / "agem" / PSEUDONYM_KEYS).as_uri(),
        "SIGNING_KEY_FILE": str(keys / "agem" / "signing.pem"),
        "NATIONAL_VERIFY_KEY_FILE": str(keys / "agem" / "national-verify.pem"),
        "TICKET_KEY_FILE": str(keys / "national" / "ticket.key"),
        "DISPLAY_KEY_FILE": str(keys / "national" / "display.key"),
        "AGEM_VERIFY_KEY_FILE": str(keys / "national" / "agem-verify.pem"),
        "ACKNOWLEDGEMENT_KEY_FILE": str(keys / "national" / "acknowledgement.pem"),
    }


def _clear(folder: Path, servers: list[subprocess.Popen[bytes]]) -> None:
    for server in servers:
        stop(server, signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(MARK, None)


def _sweep() -> None:
    """Remove what a killed run left behind; its servers died with it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            pid = int((folder / "pid").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)
