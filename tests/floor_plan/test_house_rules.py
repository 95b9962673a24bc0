import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from portal import specification
from portal.specification import load_data_set, versions

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("portal", "submissions", "pseudonymisation", "viewer")
SOURCES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts
)
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
FORBIDDEN_MODULES = {"utils", "util", "helpers", "helper", "common", "services", "service"}
FORBIDDEN_WORDS = ("TODO", "FIXME", "XXX", "tenant", "anonymised", "validator")


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [*SOURCES, ROOT / "start.py"], ids=named)
def test_a_file_and_its_functions_can_be_read_at_a_glance(path):
    text = path.read_text(encoding="utf-8")
    long = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]

    assert len(text.splitlines()) <= LONGEST_FILE
    assert long == []


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_every_module_says_what_it_is_for(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert not tree.body or ast.get_docstring(tree)


def test_no_module_is_named_after_nothing():
    assert [named(path) for path in SOURCES if path.stem in FORBIDDEN_MODULES] == []


@pytest.mark.parametrize("word", FORBIDDEN_WORDS)
def test_the_words_of_other_houses_are_not_used(word):
    pattern = re.compile(rf"\b{word}\b", re.IGNORECASE if word.islower() else 0)
    found = [named(path) for path in SOURCES if pattern.search(path.read_text(encoding="utf-8"))]

    assert found == []


def test_no_data_item_is_named_in_python():
    items = {
        item
        for version in versions("community_pilot")
        for table in load_data_set("community_pilot", version).tables.values()
        for item in table.items
    }
    spoken = {
        (named(path), node.value)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in items
    }

    assert {(path, word) for path, word in spoken if word not in specification.__all__} == set()


def test_the_rooms_share_no_wall_that_is_not_in_the_plan():
    tool = Path(sys.executable).with_name("lint-imports")

    result = subprocess.run([tool], cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout


def test_the_launcher_needs_nothing_but_python():
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"))
    imported = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        node.module.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }

    assert imported <= sys.stdlib_module_names


def test_the_version_is_that_of_the_newest_entry_of_the_changelog():
    entries = re.findall(r"^## \[?(\d[\w.]*)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert not entries or entries[0] == project["version"]
