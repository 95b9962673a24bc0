"""Say what each process may know: its own instance's settings, one database role, no more."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.databases import ROLES, in_database, login
from portal.embedded.key_files import CHECKPOINT_KEY, PSEUDONYM_KEYS
from portal.embedded.state import State
from portal.specification.reference import REFERENCE

# an external part replaces an embedded one when its address is in the launcher's environment
DATABASE_VARIABLES = {"agem": "DATABASE_URL_AGEM", "national": "DATABASE_URL_NATIONAL"}
_ROLE_OF = {
    ("agem", "web"): "agem_portal",
    ("agem", "worker"): "agem_portal",
    ("national", "web"): "national_portal",
    ("national", "worker"): "national_receiver",
}


@dataclass(frozen=True)
class Ports:
    """Where the two web servers and the listener for uploads are on the loopback."""

    agem: int = 8000
    national: int = 8001
    uploads: int = 8002

    def origin(self, instance: str) -> str:
        """Return the address that a browser uses."""
        return f"http://127.0.0.1:{getattr(self, instance)}"

    @property
    def uploads_origin(self) -> str:
        """Return the address that a script sends to."""
        return f"http://127.0.0.1:{self.uploads}"


def database_url(state: State, instance: str) -> str:
    """Return the address of an instance's database for the one who provisions it."""
    chosen = os.environ.get(DATABASE_VARIABLES[instance], "")
    return chosen or in_database(state.cluster.admin_url, instance)


def embeds_postgres() -> bool:
    """Say whether any instance uses the embedded PostgreSQL."""
    return not all(os.environ.get(name) for name in DATABASE_VARIABLES.values())


def embeds_valkey() -> bool:
    """Say whether the embedded Valkey is the broker."""
    return not os.environ.get("BROKER_URL")


def environment(state: State, ports: Ports, instance: str, purpose: str) -> dict[str, str]:
    """Return the environment of a process: purpose is web, worker, beat or owner."""
    broker = os.environ.get("BROKER_URL") or state.broker.url(instance)
    if purpose == "beat":
        return {"PORTAL_INSTANCE": instance, "BROKER_URL": broker}
    keys = state.folder / "keys" / instance
    own = _agem(state, keys) if instance == "agem" else _national(state, keys, purpose)
    if (instance, purpose) == ("agem", "web"):
        own["UPLOAD_LISTENER"] = f"127.0.0.1:{ports.uploads}"
    return {
        **_shared(state, ports, instance),
        **own,
        "BROKER_URL": broker,
        "DATABASE_URL": _login(state, instance, _ROLE_OF.get((instance, purpose))),
        **_given(instance),
    }


def _shared(state: State, ports: Ports, instance: str) -> dict[str, str]:
    handover = os.environ.get("HANDOVER_URL") or (state.folder / "handover").as_uri()
    work = str(state.folder / "work" / instance)
    return {
        "PORTAL_INSTANCE": instance,
        "PORTAL_ORIGIN": ports.origin(instance),
        "PORTAL_HTTPS": "off",
        "DEMONSTRATION": "on",
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        "SECRET_KEY": state.secrets[f"{instance}_secret_key"],
        "HANDOVER_URL": handover,
        "CHECKPOINT_KEY_FILE": str(state.folder / "keys" / instance / CHECKPOINT_KEY),
        "CHECKPOINTS_URL": os.environ.get(f"CHECKPOINTS_URL_{instance.upper()}")
        or (state.folder / "checkpoints" / instance).as_uri(),
        "COMPRESS_STATIC": "off",  # nothing is saved on the loopback
        "STATIC_ROOT": str(state.folder / "static"),
        "HOME": work,
        "TMPDIR": work,
        "POLARS_MAX_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _agem(state: State, keys: Path) -> dict[str, str]:
    return {
        "REFERENCE_FOLDER": os.environ.get("REFERENCE_FOLDER") or str(REFERENCE),
        "STORE_URL": os.environ.get("STORE_URL") or (state.folder / "store").as_uri(),
        "STORE_KEY_FILE": str(keys / "store.key"),
        "PSEUDONYM_KEYS_URL": (keys / PSEUDONYM_KEYS).as_uri(),
        "SIGNING_KEY_FILE": str(keys / "signing.pem"),
        "NATIONAL_VERIFY_KEY_FILE": str(keys / "national-verify.pem"),
    }


def _national(state: State, keys: Path, purpose: str) -> dict[str, str]:
    own = {
        "TICKET_KEY_FILE": str(keys / "ticket.key"),
        "DISPLAY_KEY_FILE": str(keys / "display.key"),
        "AGEM_VERIFY_KEY_FILE": str(keys / "agem-verify.pem"),
        "ACKNOWLEDGEMENT_KEY_FILE": str(keys / "acknowledgement.pem"),
    }
    if purpose == "web":
        own["RECORDS_DATABASE_URL"] = _login(state, "national", "national_viewer")
    return own


def _login(state: State, instance: str, role: str | None) -> str:
    name = role or ROLES[instance][0]
    return login(database_url(state, instance), name, state.secrets[name])


def _given(instance: str) -> Mapping[str, str]:
    """FOR_AGEM_X in the launcher's environment is X for the AGEM processes; FOR_NATIONAL_X too."""
    prefix = f"FOR_{instance.upper()}_"
    return {
        name.removeprefix(prefix): value
        for name, value in os.environ.items()
        if name.startswith(prefix)
    }
