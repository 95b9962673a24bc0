import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

PROBES = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "=1+1"]


def draw(source, **context):
    return engines["jinja2"].from_string(source).render(context)


def test_a_misspelt_name_is_an_error():
    with pytest.raises(UndefinedError):
        draw("{{ submision }}")


@pytest.mark.parametrize("probe", PROBES)
def test_what_comes_from_outside_is_escaped_by_pages_and_components(probe):
    page = draw("{{ x }}{{ nhs.tag(text=x) }}{{ nhs.error_summary(titleText=x) }}", x=probe)

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "49" not in page


@given(st.text())
def test_no_text_becomes_markup(text):
    page = draw("<p>{{ x }}</p>", x=text)

    assert page.count("<") == 2


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ 1234567 | number }}", "1,234,567"),
        ("{{ none | number }}", "–"),
        ("{{ 1 | plural('row') }}, {{ 2 | plural('row') }}", "1 row, 2 rows"),
        ("{{ 999 | percent_of(1000) }}", "99.9%"),
        ("{{ 99999 | percent_of(100000) }}", "more than 99.9%"),
        ("{{ 1 | percent_of(100000) }}", "less than 0.1%"),
        ("{{ 0 | percent_of(0) }}", "–"),
        ("{{ 1536 | size }} {{ 12 | size }} {{ 327155712 | size }}", "1.5 KB 12 bytes 312 MB"),
    ],
)
def test_figures_are_written_for_reading(source, said):
    assert draw(source) == said
