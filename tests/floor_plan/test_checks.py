import pytest
from django.core.checks import run_checks

from portal import checks


def found(check, **more):
    return [message.id for message in check(None, **more)]


def test_a_sound_instance_passes(national):
    assert found(checks.has_secrets_of_its_own) == []
    assert found(checks.keeps_its_keys_to_itself) == []


@pytest.mark.parametrize("name", checks.AGEM_ONLY)
def test_a_secret_of_the_identifiable_side_stops_the_national_instance(national, monkeypatch, name):
    for other in checks.AGEM_ONLY:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "anything")

    assert found(checks.knows_nothing_of_the_other_instance) == ["portal.E001"]


@pytest.mark.parametrize("secret", ["short", "ab" * 40])
def test_a_secret_that_can_be_guessed_stops_the_start(settings, secret):
    settings.SECRET_KEY = secret

    assert "portal.E002" in found(checks.has_secrets_of_its_own)


def test_debugging_stops_the_start(settings):
    settings.DEBUG = True

    assert "portal.E003" in found(checks.has_secrets_of_its_own)


def test_a_key_that_others_may_read_stops_the_start(national, tmp_path):
    national.TICKET_KEY_FILE = tmp_path / "ticket.key"
    national.TICKET_KEY_FILE.write_text("0" * 64)
    national.TICKET_KEY_FILE.chmod(0o644)

    assert found(checks.keeps_its_keys_to_itself) == ["portal.E005"]


def test_a_key_that_is_missing_stops_the_start(national, tmp_path):
    national.DISPLAY_KEY_FILE = tmp_path / "nowhere"

    assert found(checks.keeps_its_keys_to_itself) == ["portal.E004"]


def test_the_role_of_the_tests_is_nobody_special(db):
    assert found(checks.uses_the_database_as_nobody_special, databases=["default"]) == []


def test_every_check_is_run_by_django(settings, monkeypatch):
    settings.DEBUG = True

    assert "portal.E003" in [message.id for message in run_checks()]
