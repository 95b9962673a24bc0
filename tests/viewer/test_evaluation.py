import re
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from portal.row_security import NATION
from portal.scope import provider_scope
from tests.people import make_provider
from viewer import cubes
from viewer.disclosure import SMALLEST
from viewer.evaluating import INDICATORS, Week, figures_of
from viewer.models import NationalFigure, PeerFigure, Report, Slot

MONDAY = date(2024, 3, 4)
pages = pytest.mark.django_db(transaction=True, databases=["default", "records"])


def week(**known):
    nothing = Week(0, 0, 0, 0, 0, (), ())
    return Week(**{**vars(nothing), **known})


def test_a_week_is_added_up_over_the_providers():
    weeks = [
        week(days=50, tried=50, first_go=40, submissions=60, files=600, hours=(6.0,) * 50),
        week(days=45, tried=50, first_go=35, submissions=55, files=500, hours=(30.0,) * 45),
    ]

    shown = figures_of(weeks, expected=100)

    assert shown == {
        "coverage": 95,
        "in_time": 53,
        "hours": 6.0,
        "first_go": 75,
        "submissions": 115,
        "resubmissions": 15,
        "files": 1100,
        "quality": None,
    }


@pytest.mark.parametrize("few", range(1, SMALLEST))
def test_small_figures_are_suppressed(few):
    shown = figures_of(
        [week(days=few, tried=few, first_go=few, submissions=few, files=few, hours=(1.0,) * few)],
        expected=7,
    )

    assert set(shown) == {one.name for one in INDICATORS}
    assert {name for name, value in shown.items() if value is not None} <= {"resubmissions"}


def test_no_week_of_one_provider_is_held():
    assert all(not hasattr(one, "provider") for one in INDICATORS)


@pytest.fixture
def a_week(national, ticket):
    """Two weeks' days of four providers: one is late, one sends twice, one is rejected first."""
    for code in ("Z9A", "Z9B", "Z9C", "Z9D"):
        make_provider(code)
        for back in range(14):
            day, hours = MONDAY + timedelta(days=back), 40 if code == "Z9D" else 6
            if code == "Z9B":
                report(code, day, hours - 1, outcome="rejected")
            stands = report(code, day, hours)
            if code == "Z9C":
                stands = report(code, day, hours + 1, score=95.0)
            with provider_scope(code, using="default"):
                Slot.objects.create(
                    provider=code,
                    period_start=day,
                    period_end=day,
                    version=1,
                    transfer=stands,
                    received_at=timezone.now(),
                )
    cubes.refresh([MONDAY, MONDAY + timedelta(days=13)])


def report(code, day, hours, outcome="accepted", score=90.0):
    """A report as it is kept, of a submission of three tables; return its transfer."""
    received = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1, hours=hours)
    with provider_scope(code, using="default"):
        made = Report.objects.create(
            provider=code,
            transfer=uuid.uuid4(),
            period_start=day,
            period_end=day,
            outcome=outcome,
            received_at=received,
            content={"score": score, "timeliness_hours": float(hours), "tables": [{}, {}, {}]},
        )
    return made.transfer


@pages
def test_the_page_shows_the_pilots_weeks(a_week, somebody, client):
    client.force_login(somebody("national_analyst"))

    page = client.get("/evaluation/").content.decode()

    assert page.count("<svg") >= len(INDICATORS)
    assert "Show as a table" in page
    assert "What is counted" in page
    with provider_scope(NATION, using="default"):
        held = dict(
            NationalFigure.objects.filter(
                period=MONDAY, cube__startswith="evaluation_"
            ).values_list("cube", "value")
        )
    assert held == {
        "evaluation_coverage": 100,
        "evaluation_in_time": 67,
        "evaluation_hours": 6.0,
        "evaluation_first_go": 67,
        "evaluation_submissions": 40,
        "evaluation_resubmissions": 15,
        "evaluation_files": 125,
        "evaluation_quality": 91.2,
    }


@pages
def test_no_page_of_one_provider_shows_the_evaluation(a_week, provider, somebody, client):
    client.force_login(somebody("aggregate_viewer", provider))

    assert client.get("/evaluation/").status_code == 404


@pages
def test_few_providers_have_no_peers_and_the_page_says_so(a_week, provider, somebody, client):
    client.force_login(somebody("aggregate_viewer", provider))

    page = client.get("/providers/Z9A/compare/").content.decode()

    assert "Fewer than 8 providers are like you" in page
    assert not re.search(r"Providers of the same", page)


@pages
def test_similar_peers_are_shown_first_and_all_on_request(a_week, provider, somebody, client):
    figures = {"provider": "Z9A", "period": date(2024, 3, 1), "own": 50.0}
    with provider_scope(NATION, using="default"):
        PeerFigure.objects.all().delete()
        for measure in ("quality", "timeliness"):
            PeerFigure.objects.create(
                measure=measure, group="all", peers=[float(n) for n in range(30)], **figures
            )
            PeerFigure.objects.create(
                measure=measure,
                group="similar",
                alike="type and size",
                peers=[float(n) for n in range(9)],
                **figures,
            )
    client.force_login(somebody("aggregate_viewer", provider))

    similar = client.get("/providers/Z9A/compare/").content.decode()
    everybody = client.get("/providers/Z9A/compare/?peers=all").content.decode()

    assert "You are compared with providers of the same type and size" in similar
    assert similar.count("chart-peer") == 18
    assert everybody.count("chart-peer") == 60
