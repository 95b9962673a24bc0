from datetime import date, timedelta

import pytest
from django.utils import timezone

from portal.row_security import NATION
from portal.scope import provider_scope
from tests.people import make_provider
from viewer import cubes
from viewer.counting import TOTAL
from viewer.models import MeasureCount, NationalFigure

MONDAY = date(2024, 3, 4)
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])


@pytest.fixture
def providers(national, ticket):
    for code in ("Z9A", "Z9B", "Z9C"):
        make_provider(code)


def contacts(day, **counts):
    """Keep each provider's contacts of a day and count the figures across providers again."""
    for code, value in counts.items():
        with provider_scope(code, using="default"):
            held = {"provider": code, "measure": "contacts", "split": TOTAL, "day": day}
            MeasureCount.objects.update_or_create(**held, defaults={"value": value})
    cubes.refresh([day])


def shown(week):
    with provider_scope(NATION, using="default"):
        figures = NationalFigure.objects.filter(cube="contacts", period=week)
        return {one.organisation: one.value for one in figures}


def test_small_figures_are_hidden_with_another_of_their_week(providers):
    contacts(MONDAY, Z9A=3, Z9B=40, Z9C=90)

    assert shown(MONDAY) == {"Z9A": None, "Z9B": None, "Z9C": 90, NATION: 135}


def test_what_was_shown_before_gives_nothing_away_when_a_small_count_comes_late(providers):
    contacts(MONDAY, Z9A=0, Z9B=40, Z9C=90)
    assert shown(MONDAY) == {"Z9A": 0, "Z9B": 40, "Z9C": 90, NATION: 130}

    contacts(MONDAY, Z9A=3)

    assert shown(MONDAY) == {"Z9A": None, "Z9B": 40, "Z9C": 90, NATION: None}


def test_a_hidden_figure_stays_hidden_and_a_total_that_moves_over_it_goes(providers):
    contacts(MONDAY, Z9A=3, Z9B=40, Z9C=90)

    contacts(MONDAY, Z9A=60)

    assert shown(MONDAY) == {"Z9A": None, "Z9B": None, "Z9C": 90, NATION: None}


def test_a_week_is_shown_once_it_is_over(providers):
    this_week = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    contacts(this_week, Z9A=30, Z9B=40, Z9C=90)

    assert shown(this_week) == {}
