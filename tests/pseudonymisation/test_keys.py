import base64
import copy
import json
import pickle

import pytest

from pseudonymisation.__main__ import main, make_first_ring
from pseudonymisation.key_stores import load_ring, open_store, save_ring
from pseudonymisation.keys import (
    KeyFault,
    KeyRing,
    KeyState,
    from_text,
    to_text,
    with_active,
    with_new_key,
    without_key,
)

EMPTY = KeyRing("collection", "purpose")
ONE = with_active(with_new_key(EMPTY, "2024-03-01"), 1)
TWO = with_active(with_new_key(ONE, "2024-04-01"), 2)


def fault_of(act) -> str:
    with pytest.raises(KeyFault) as caught:
        act()
    return caught.value.code


def test_a_ring_survives_its_text():
    again = from_text(to_text(TWO))

    assert again.check_values() == TWO.check_values()
    assert [key.state for key in again.keys] == [KeyState.RETIRED, KeyState.ACTIVE]
    assert again.key_set().subkeys("person") == TWO.key_set().subkeys("person")


@pytest.mark.parametrize("thing", [ONE, ONE.keys[0], ONE.key_set()])
@pytest.mark.parametrize("show", [repr, str, "{}".format, "{0!a}".format])
def test_a_key_never_shows(thing, show):
    root = ONE.keys[0].root.reveal()

    shown = show(thing)

    assert root.hex() not in shown
    assert base64.b64encode(root).decode() not in shown
    assert repr(root)[2:-1] not in shown


@pytest.mark.parametrize("carry", [pickle.dumps, copy.deepcopy, copy.copy])
@pytest.mark.parametrize("thing", [ONE.keys[0].root])
def test_a_key_is_not_carried_away(carry, thing):
    assert fault_of(lambda: carry(thing)) == "KEY_NOT_PORTABLE"


def test_a_ring_cannot_be_pickled():
    assert fault_of(lambda: pickle.dumps(ONE.key_set())) == "KEY_NOT_PORTABLE"


def test_a_wrong_key_is_told_by_its_check_value():
    said = json.loads(to_text(ONE))
    said["keys"][0]["root"] = base64.b64encode(b"x" * 32).decode()

    assert fault_of(lambda: from_text(json.dumps(said))) == "WRONG_KEY"


def test_a_ring_with_other_keys_than_before_is_refused(tmp_path):
    url = (tmp_path / "keys.json").as_uri()
    make_first_ring(url)

    assert fault_of(lambda: load_ring(url, {1: "0" * 16})) == "WRONG_KEY"
    assert fault_of(lambda: load_ring(url, {2: "0" * 16})) == "KEY_MISSING"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "x"}', "null"])
def test_other_text_is_no_ring(text):
    assert fault_of(lambda: from_text(text)) == "KEY_RING_UNREADABLE"


def test_a_pending_or_destroyed_key_makes_no_pseudonyms():
    ring = with_new_key(ONE, "2024-05-01")

    assert fault_of(lambda: ring.key_set(2)) == "KEY_PENDING"
    assert fault_of(lambda: without_key(TWO, 1).key_set(1)) == "KEY_DESTROYED"
    assert fault_of(lambda: ONE.key_set(9)) == "UNKNOWN_EPOCH"
    assert fault_of(EMPTY.key_set) == "NO_ACTIVE_KEY"


def test_the_key_in_use_is_not_destroyed():
    assert fault_of(lambda: without_key(ONE, 1)) == "KEY_NOT_DESTROYABLE"


def test_a_key_that_is_wrapped_is_not_destroyed():
    wrapping = with_active(with_new_key(ONE, "2024-05-01", wraps=1), 2)

    assert fault_of(lambda: without_key(wrapping, 1)) == "KEY_STILL_WRAPPED"
    assert [epoch for epoch, _ in wrapping.key_set().layers] == [1, 2]


def test_a_destroyed_key_leaves_nothing_but_its_check_value():
    text = to_text(without_key(TWO, 1))

    assert base64.b64encode(TWO.keys[0].root.reveal()).decode() not in text
    assert TWO.keys[0].check_value in text


def test_a_key_file_is_readable_by_its_owner_alone(tmp_path):
    path = tmp_path / "keys.json"
    save_ring(path.as_uri(), ONE)

    assert path.stat().st_mode & 0o777 == 0o400
    path.chmod(0o440)
    assert fault_of(lambda: load_ring(path.as_uri())) == "KEY_FILE_OPEN_TO_OTHERS"


def test_a_key_file_of_somebody_else_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "keys.json"
    save_ring(path.as_uri(), ONE)
    monkeypatch.setattr("os.geteuid", lambda: path.stat().st_uid + 1)

    assert fault_of(lambda: load_ring(path.as_uri())) == "KEY_FILE_OF_ANOTHER_OWNER"


def test_a_key_behind_a_link_is_refused(tmp_path):
    save_ring((tmp_path / "keys.json").as_uri(), ONE)
    (tmp_path / "link").symlink_to(tmp_path / "keys.json")

    assert fault_of(lambda: load_ring((tmp_path / "link").as_uri())) == "KEY_FILE_MISSING"


def test_keys_in_the_environment_are_for_tests_only(monkeypatch):
    monkeypatch.setenv("RING", to_text(ONE))
    assert load_ring("env:RING").check_values() == ONE.check_values()

    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "portal.settings.agem")
    assert fault_of(lambda: open_store("env:RING")) == "KEY_IN_ENVIRONMENT"


def test_the_first_key_is_made_once(tmp_path):
    url = (tmp_path / "keys.json").as_uri()

    assert main(["new-key", url]) == 0
    first = load_ring(url).check_values()
    assert main(["new-key", url]) == 0
    assert load_ring(url).check_values() == first
    assert main([]) == 2
    assert main(["new-key", "ftp://nowhere"]) == 1
