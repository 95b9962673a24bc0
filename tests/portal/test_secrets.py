"""Secrets come from the environment or a file, and an instance without its own does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal import checks
from portal.environment import MissingSetting, read

ROOT = Path(__file__).parents[2]


def test_a_secret_is_read_from_the_environment_or_from_its_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "secret"))
    assert read("A_SECRET") == "from the file"

    monkeypatch.setenv("A_SECRET", "from the environment")
    assert read("A_SECRET") == "from the environment"


def test_a_secret_that_is_missing_or_empty_stops_the_start(monkeypatch):
    monkeypatch.delenv("A_SECRET", raising=False)
    with pytest.raises(MissingSetting, match="A_SECRET or A_SECRET_FILE"):
        read("A_SECRET")

    monkeypatch.setenv("A_SECRET", "")
    with pytest.raises(MissingSetting):
        read("A_SECRET")


@pytest.mark.parametrize("instance", ["agem", "national"])
def test_an_instance_without_a_secret_key_does_not_start(instance):
    result = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PORTAL_INSTANCE": instance,
            "DJANGO_SETTINGS_MODULE": f"portal.settings.{instance}",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode != 0
    assert "MissingSetting: Set SECRET_KEY or SECRET_KEY_FILE." in result.stderr


@pytest.mark.parametrize(
    "secret",
    [
        "short",
        "a" * 60,
        "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
        "changeme" * 9,
    ],
)
def test_a_weak_or_default_secret_key_stops_the_start(settings, secret):
    settings.SECRET_KEY = secret

    assert list(checks.has_secrets_of_its_own(None))
