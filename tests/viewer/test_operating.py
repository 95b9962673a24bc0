import uuid

import pytest
from django.db import DatabaseError
from django.urls import reverse

from tests.people import make_person
from viewer.models import Arrival
from viewer.operating import WHAT_TO_DO
from viewer.states import ArrivalState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("national")]


@pytest.fixture
def page(client):
    client.force_login(make_person("collection_operator"))

    def opened():
        return client.get(reverse("portal:operations")).content.decode()

    return opened


def test_an_operator_sees_the_transfers_and_what_to_do_about_those_not_loaded(page):
    for state in ArrivalState:
        Arrival.objects.create(transfer=uuid.uuid4(), state=state, attempts=1)
    broken = Arrival.objects.get(state=ArrivalState.BROKEN)
    Arrival.objects.filter(pk=broken.pk).update(fault="DIGEST")

    text = page()

    assert str(broken.pk) in text
    assert "DIGEST" in text
    for state in ArrivalState:
        assert state.label.replace("'", "&#39;") in text
    for words in WHAT_TO_DO.values():
        assert words.replace("'", "&#39;") in text
    assert str(Arrival.objects.get(state=ArrivalState.LOADED).pk) not in text


def test_without_transfers_the_page_says_so(page):
    text = page()

    assert "None has come yet." in text
    assert "Every transfer was loaded." in text


def test_the_web_servers_role_reads_arrivals_and_cannot_change_them(as_role):
    Arrival.objects.create(transfer=uuid.uuid4())
    with as_role("national_portal"):
        assert Arrival.objects.count() == 1
    with pytest.raises(DatabaseError), as_role("national_portal"):
        Arrival.objects.update(attempts=0)
