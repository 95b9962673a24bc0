"""The documents speak of what is there: links, tests, modules and commands that they name exist."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "deploy/README.md"]
    if page.name != "CHANGELOG.md"
)
LINK = re.compile(r"\]\(([^)#:\s]+)(#[^)\s]*)?\)")
NAMED = re.compile(
    r"`((?:portal|submissions|viewer|pseudonymisation|tests|docs|deploy|benchmarks)/[\w./-]*)`"
)
COMMAND = re.compile(r"manage\.py ([a-z]\w+)")


def missing(page: Path, text: str) -> list[str]:
    """What a page names and is not there."""
    links = [found[1] for found in LINK.finditer(text) if not (page.parent / found[1]).exists()]
    named = [found[1] for found in NAMED.finditer(text) if not (ROOT / found[1]).exists()]
    known = get_commands()
    commands = [found[1] for found in COMMAND.finditer(text) if found[1] not in known]
    return links + named + commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_what_is_there(page: Path) -> None:
    assert missing(page, page.read_text()) == []


def test_a_page_that_names_what_is_gone_is_found() -> None:
    text = "[a](gone.md), `tests/gone.py` and `manage.py gone`"
    assert missing(ROOT / "README.md", text) == ["gone.md", "tests/gone.py", "gone"]


def test_every_page_can_be_reached_from_the_first() -> None:
    reached: set[Path] = set()
    ahead = [ROOT / "README.md", ROOT / "docs/README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        linked = (page.parent / found[1] for found in LINK.finditer(page.read_text()))
        for target in linked:
            if target.is_dir():
                ahead += target.resolve().glob("*.md")
            elif target.suffix == ".md":
                ahead.append(target.resolve())
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= reached
