from pathlib import Path

import pytest

from portal.specification import RULE_KINDS
from submissions.rules.across import ACROSS_KINDS
from submissions.rules.handbook import ELSEWHERE, meaning, pages
from submissions.rules.scene import ROW_KINDS

FOLDER = Path(__file__).parents[2] / "docs/reference/rules"


def test_every_kind_of_the_specification_is_implemented_and_no_other():
    assert {*ROW_KINDS, *ACROSS_KINDS, *ELSEWHERE} == set(RULE_KINDS)
    assert len(RULE_KINDS) == 27


def test_the_pages_about_rules_are_those_the_code_makes():
    made = dict(pages())

    assert {path.name: path.read_text() for path in FOLDER.glob("*.md")} == made


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_every_page_shows_a_broken_record_and_what_to_do(kind):
    page = (FOLDER / f"{kind}.md").read_text()

    assert meaning(kind) in page
    assert "## Broken" in page
    assert "**What to do:**" in page
