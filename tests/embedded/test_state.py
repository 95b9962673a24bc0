import json
import os
import stat
import tempfile
from pathlib import Path

import pytest

from portal.checks import AGEM_ONLY, NATIONAL_ONLY
from portal.embedded.environments import Ports, environment
from portal.embedded.state import InUse, Unusable, lock, open_state


@pytest.fixture(scope="module")
def place():
    """A short path that every account may pass through."""
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="module")
def state(place):
    return open_state(place / "state")


@pytest.fixture
def nothing_given(monkeypatch):
    for name in ("DATABASE_URL_AGEM", "DATABASE_URL_NATIONAL", "BROKER_URL", "STORE_URL"):
        monkeypatch.delenv(name, raising=False)


def everything(state, instance):
    purposes = ("web", "worker", "beat", "owner")
    return [environment(state, Ports(), instance, purpose) for purpose in purposes]


def test_secrets_are_made_once(state):
    again = open_state(state.folder)

    assert again.secrets == state.secrets
    assert len(set(state.secrets.values())) == len(state.secrets)


def test_the_secrets_are_the_launchers_alone(state):
    file = state.folder / "secrets.json"

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == state.secrets


def test_no_key_can_be_read_by_another_account(state):
    for file in (state.folder / "keys").rglob("*"):
        if file.is_file():
            assert file.stat().st_mode & 0o377 == 0, file.name


def test_no_process_of_the_national_side_knows_a_secret_of_the_identifiable_one(
    state, nothing_given
):
    told = " ".join(value for one in everything(state, "national") for value in one.values())

    assert not [name for one in everything(state, "national") for name in one if name in AGEM_ONLY]
    assert not [value for name, value in state.secrets.items() if "agem" in name and value in told]
    assert "/keys/agem" not in told


def test_no_process_of_the_identifiable_side_knows_a_secret_of_the_national_one(
    state, nothing_given
):
    told = " ".join(value for one in everything(state, "agem") for value in one.values())

    assert not [name for one in everything(state, "agem") for name in one if name in NATIONAL_ONLY]
    secrets = {name: value for name, value in state.secrets.items() if "national" in name}
    assert not [name for name, value in secrets.items() if value in told]


def test_the_clock_has_no_database(state, nothing_given):
    assert set(environment(state, Ports(), "agem", "beat")) == {"PORTAL_INSTANCE", "BROKER_URL"}


def test_a_real_database_replaces_the_embedded_one(state, nothing_given, monkeypatch):
    monkeypatch.setenv("DATABASE_URL_AGEM", "postgresql://admin:x@db.example.org:5433/csds")

    url = environment(state, Ports(), "agem", "web")["DATABASE_URL"]

    assert url.startswith("postgresql://agem_portal:")
    assert url.endswith("@db.example.org:5433/csds")


def test_a_setting_can_be_given_to_one_instance(state, nothing_given, monkeypatch):
    monkeypatch.setenv("FOR_AGEM_AWS_ACCESS_KEY_ID", "key")

    assert environment(state, Ports(), "agem", "worker")["AWS_ACCESS_KEY_ID"] == "key"
    assert "AWS_ACCESS_KEY_ID" not in environment(state, Ports(), "national", "worker")


def test_one_launcher_at_a_time(state):
    with lock(state), pytest.raises(InUse):
        lock(state)


def test_nothing_outside_the_state_folder_is_opened_to_others(place, state):
    assert stat.S_IMODE(place.stat().st_mode) == 0o711


def test_a_path_that_is_too_long_for_a_socket_is_refused_in_plain_words(place):
    with pytest.raises(Unusable, match="too long"):
        open_state(place / ("x" * 80))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops the servers to another account")
def test_a_folder_that_the_servers_cannot_reach_is_refused_and_not_opened(tmp_path):
    tmp_path.chmod(0o700)

    with pytest.raises(Unusable, match="root's alone"):
        open_state(tmp_path / "s")

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
