import re
from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from portal.drawing import nice_ticks, place
from viewer.captions import Caption, Figure, Process
from viewer.charts import bars, columns, control_chart
from viewer.figures import Coverage
from viewer.spc import Direction

CAPTION = Caption("x", "People <waiting>", 'By "weeks"', "referrals")
FIGURES = [Figure("0-1 weeks", 12), Figure("Over <52>", 3, stands_out=True), Figure("Hidden", None)]


def weeks(values):
    return Process(
        [date(2024, 3, 4) + timedelta(weeks=place) for place in range(len(values))],
        values,
        Direction.DOWN,
        target=10,
    )


@pytest.mark.parametrize(
    "drawing",
    [
        columns(CAPTION, FIGURES),
        bars(CAPTION, FIGURES),
        control_chart(CAPTION, weeks([12, 14, 11, 13, 12, 30])),
    ],
)
def test_a_chart_is_well_formed_named_and_without_inline_style_or_script(drawing):
    picture = ET.fromstring(str(drawing.svg))  # noqa: S314 - our own drawing

    attributes = {key for element in picture.iter() for key in element.attrib}
    assert picture.attrib["role"] == "img"
    assert {element.tag for element in list(picture)[:2]} == {"title", "desc"}
    assert not {key for key in attributes if key == "style" or key.startswith("on")}
    assert "<waiting>" not in str(drawing.svg)
    assert drawing.table.rows


def test_the_table_of_a_chart_says_every_figure_and_marks_the_suppressed():
    assert columns(CAPTION, FIGURES).table.rows == (
        ("0-1 weeks", "12"),
        ("Over <52>", "3"),
        ("Hidden", "c"),
    )


def test_a_control_chart_says_its_finding_in_title_sentence_and_icons():
    drawing = control_chart(CAPTION, weeks([12, 14, 11, 13, 12, 11, 13, 12, 14, 12, 11, 12, 40]))

    assert drawing.title.endswith("higher than usual")
    assert "Concerning" in drawing.sentence
    assert [icon.says for icon in drawing.icons] == [
        "Special cause variation, concerning (higher)",
        "The target may be met or missed",
    ]


@pytest.mark.parametrize(
    ("values", "words"), [([], "Nothing was counted"), ([7], "from two weeks on")]
)
def test_too_few_weeks_say_so_instead_of_drawing(values, words):
    drawing = control_chart(CAPTION, weeks(values))

    assert drawing.empty
    assert words in drawing.sentence


def test_a_chart_of_nothing_says_so():
    assert columns(CAPTION, [Figure("a", 0)]).empty
    assert bars(CAPTION, []).empty


def test_ticks_are_round_and_span_the_figures():
    assert nice_ticks(0, 2310) == [0, 500, 1000, 1500, 2000, 2500]
    assert nice_ticks(3, 3) == [3, 3.2, 3.4, 3.6, 3.8, 4]


def test_labels_keep_their_distance_and_order():
    places = place([10, 11, 40])

    assert places[1] - places[0] >= 15
    assert places[2] >= places[1]


def test_a_missing_week_leaves_its_room_empty_and_breaks_the_line():
    whole = weeks([12, 14, 11, 13, 12, 13])
    kept = [place for place in range(6) if place != 3]
    broken = replace(
        whole,
        starts=[whole.starts[place] for place in kept],
        values=[whole.values[place] for place in kept],
    )

    one, two = (str(control_chart(CAPTION, process).svg) for process in (whole, broken))

    assert (one.count("chart-series"), two.count("chart-series")) == (1, 2)
    assert marks(one)[0] == marks(two)[0]
    assert marks(one)[-1] == marks(two)[-1]


def marks(svg):
    """Where the points of a series lie, from left to right."""
    return [float(x) for x in re.findall(r'<circle[^>]* cx="([\d.]+)"', svg)]


def test_a_measure_has_no_figure_on_days_of_a_version_without_it():
    february, march = date(2024, 2, 29), date(2024, 3, 1)
    versions = {"1.0": frozenset({february}), "2.0": frozenset({march})}
    coverage = Coverage(frozenset({february, march}), None, versions)

    assert coverage.of("occupied_beds").days == {march}
    assert coverage.of("contacts").days == {february, march}
