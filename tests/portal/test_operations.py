import pytest
from django.urls import reverse

from portal.models import Banner
from submissions.models import Submission
from submissions.operating import queue, stuck
from submissions.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]


@pytest.fixture
def operator(client, somebody):
    made = somebody("collection_operator")
    client.force_login(made)
    return made


def test_an_operator_sees_what_is_stuck_and_has_it_tried_again(client, operator, provider):
    stopped = Submission.objects.create(provider=provider, submitter="Z9A", state=State.QUARANTINED)
    page = client.get(reverse("portal:operations")).content.decode()
    assert stopped.reference in page

    client.post(reverse("submissions:operations_retry", args=[stopped.reference]))

    stopped.refresh_from_db()
    assert stopped.state == State.RECEIVED
    assert client.get("/")["Location"] == reverse("portal:operations")


def test_an_operator_sees_no_submission_itself(client, operator, provider):
    assert client.get(reverse("submissions:index", kwargs={"code": "Z9A"})).status_code == 404


def test_the_national_operators_page_stands_too(client, national, somebody):
    client.force_login(somebody("collection_operator"))

    assert client.get(reverse("portal:operations")).status_code == 200


def test_a_banner_stands_on_every_page(client, operator):
    Banner.objects.create(text="Closed on Sunday from 8 to 10.")

    assert "Closed on Sunday" in client.get(reverse("portal:account")).content.decode()


def test_what_is_stuck_is_not_on_the_way(operator, provider):
    Submission.objects.create(provider=provider, submitter="Z9A", state=State.FAILED)
    Submission.objects.create(provider=provider, submitter="Z9A", state=State.CHECKING)

    assert [row.cells[0] for row in queue().rows] == [State.CHECKING.label]
    assert [row.cells[2] for row in stuck().rows] == [State.FAILED.label]
