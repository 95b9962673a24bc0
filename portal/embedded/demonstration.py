"""The demonstration: fictitious providers, their submission keys and the journeys of their data."""

import json
import sys
import time
from pathlib import Path

from portal.embedded.children import ROOT, Child
from portal.embedded.environments import Ports
from portal.embedded.provisioning import carry_out, command
from portal.embedded.state import State

PROVIDERS = ("Z9A", "Z9B")
_PEOPLE = {
    "agem": ("submitter.z9a", "approver.z9a", "submitter.z9b", "operator"),
    "national": ("viewer.z9a", "records.z9a", "viewer.z9b", "analyst"),
}
_KEY_LASTS = 80 * 86_400  # seconds; a submission key is good for 90 days


def main_job(state: State, ports: Ports, *options: str) -> Child:
    """Return the main job as a child that may submit for each provider, and look as its viewer."""
    journeys = [
        {
            "provider": provider,
            "agem": ports.uploads_origin,
            "national": ports.origin("national"),
            "token_file": str(_submission_key(state, ports, provider)),
            "viewer": f"viewer.{provider.lower()}@example.org",
            "password": state.secrets["demo"],
        }
        for provider in PROVIDERS
    ]
    words = [sys.executable, "-m", "portal.embedded.main_job", *options]
    surroundings = {"JOURNEYS": json.dumps(journeys), "TMPDIR": str(_work(state))}
    return Child("main-job", words, surroundings, state.accounts.agem, None, ROOT)


def introduction(state: State, ports: Ports, *, new: bool) -> str:
    """Return where the product is and who may sign in; the password is told once."""
    secret = state.folder / "secrets.json"
    password = state.secrets["demo"] if new else f'"demo" in {secret}'
    places = [
        f"  {instance:9} {ports.origin(instance)}  "
        + ", ".join(f"{person}@example.org" for person in people)
        for instance, people in _PEOPLE.items()
    ]
    uploads = f"  {'uploads':9} {ports.uploads_origin}  the same API, for scripts"
    return "\n".join([*places, uploads, f"  Everybody's password: {password}"])


def _submission_key(state: State, ports: Ports, provider: str) -> Path:
    """Return the file of a provider's submission key; it is made when missing or soon too old."""
    file = _work(state) / f"submission-key-{provider}"
    if not file.exists() or time.time() - file.stat().st_mtime > _KEY_LASTS:
        file.unlink(missing_ok=True)
        words = ("new_submission_key", provider, "--name=demonstration", f"--into={file}")
        carry_out([command(state, ports, "agem", *words, purpose="web")])
    return file


def _work(state: State) -> Path:
    return state.folder / "work" / "agem"
