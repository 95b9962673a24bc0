import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "agem": ("portal", "submissions", "pseudonymisation", "templates", "static"),
    "national": ("portal", "viewer", "templates", "static"),
}
OWN = {
    "agem": (
        "STORE_URL",
        "STORE_KEY_FILE",
        "PSEUDONYM_KEYS_URL",
        "SIGNING_KEY_FILE",
        "NATIONAL_VERIFY_KEY_FILE",
    ),
    "national": (
        "TICKET_KEY_FILE",
        "DISPLAY_KEY_FILE",
        "AGEM_VERIFY_KEY_FILE",
        "ACKNOWLEDGEMENT_KEY_FILE",
    ),
}
SHARED = (
    "DATABASE_URL",
    "BROKER_URL",
    "HANDOVER_URL",
    "CHECKPOINT_KEY_FILE",
    "CHECKPOINTS_URL",
    "PATH",
)


def surroundings(instance):
    own = {name: os.environ[name] for name in (*SHARED, *OWN[instance])}
    return own | {"PORTAL_INSTANCE": instance, "SECRET_KEY": "0123456789abcdef" * 4}


def manage(folder, instance, *words, **more):
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=folder,
        env=surroundings(instance) | more,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def alone(tmp_path, request):
    """A folder with the rooms of one instance and nothing else."""
    instance = request.param
    shutil.copy(ROOT / "manage.py", tmp_path)
    for room in ROOMS[instance]:
        shutil.copytree(ROOT / room, tmp_path / room)
    return tmp_path, instance


@pytest.mark.long
@pytest.mark.parametrize("alone", ROOMS, indirect=True)
def test_an_instance_stands_without_the_others_code(alone):
    folder, instance = alone

    result = manage(folder, instance, "check", "--deploy", "--fail-level", "WARNING")

    assert result.returncode == 0, result.stderr


@pytest.mark.long
@pytest.mark.parametrize("instance", ROOMS)
def test_the_models_and_the_migrations_agree(instance):
    result = manage(ROOT, instance, "makemigrations", "--check", "--dry-run")

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.long
@pytest.mark.parametrize("name", ["STORE_KEY_FILE", "PSEUDONYM_KEYS_URL", "SIGNING_KEY_FILE"])
def test_the_national_instance_refuses_to_start_beside_a_secret_of_the_other(name):
    result = manage(ROOT, "national", "check", **{name: os.environ[name]})

    assert result.returncode != 0
    assert "portal.E001" in result.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "TICKET_KEY_FILE", "DATABASE_URL"])
def test_an_instance_without_a_secret_does_not_start(name):
    result = manage(ROOT, "national", "check", **{name: ""})

    assert result.returncode != 0
    assert f"Set {name}" in result.stderr


def test_there_is_no_default_instance():
    result = manage(ROOT, "national", "check", PORTAL_INSTANCE="")

    assert result.returncode != 0
    assert "PORTAL_INSTANCE" in result.stderr


LOADED = """
import importlib, sys, django
from portal.environment import choose_instance
choose_instance()
django.setup()
importlib.import_module(sys.argv[1])
print("polars" in sys.modules)
"""


@pytest.mark.parametrize(
    ("instance", "module"),
    [
        ("agem", "portal.urls.agem"),
        ("agem", "submissions.tasks"),
        ("national", "viewer.tasks"),
    ],
)
def test_a_process_that_only_serves_or_waits_does_without_polars(instance, module):
    result = subprocess.run(
        [sys.executable, "-c", LOADED, module],
        cwd=ROOT,
        env=surroundings(instance),
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout == "False\n", result.stderr
