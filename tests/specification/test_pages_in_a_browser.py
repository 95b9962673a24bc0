import pytest

from tests.people import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    "page", ["2.0/CYP001MPI/", "2.0/codes/ethnic_category_2001/", "2.0/changes/"]
)
def test_a_page_of_the_specification_can_be_read_by_everybody(agem, window, page):
    shown = window(make_person())

    shown.open(f"/specification/{page}")

    assert shown.faults() == []
