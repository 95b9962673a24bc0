import re
import runpy
from pathlib import Path

STATIC = Path(__file__).parents[2] / "static"


def test_the_style_sheet_was_made_of_the_present_sources():
    sheet = (STATIC / "app.css").read_text()
    compiler = runpy.run_path(str(STATIC / "sass" / "compile.py"))

    assert sheet.startswith(compiler["stamp"]() + "\n"), "run `just css`"


def test_the_style_sheet_asks_nothing_of_a_third_party_and_finds_its_pictures():
    places = re.findall(r"url\(\"?([^)\"]+)\"?\)", (STATIC / "app.css").read_text())

    assert places
    for place in places:
        assert (STATIC / place).is_file(), place


def test_the_style_sheet_names_no_font_that_must_be_licensed():
    assert "frutiger" not in (STATIC / "app.css").read_text().lower()
