"""The administration as a browser shows it, under the policy without inline script or style."""

from datetime import date

import pytest
from django.urls import reverse

from portal.admin import site
from portal.governing import delegate, review, take_emergency_access
from portal.keeping import keep
from portal.models import Banner, CalendarException, Organisation
from submissions.credentials import new_key
from tests.people import make_person, make_provider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROOMS = {"agem": {"portal", "submissions", "pseudonymisation"}, "national": {"portal"}}
DAYS = {"starts": date(2024, 3, 1), "ends": date(2034, 3, 1)}


@pytest.fixture
def administrator(agem):
    """Somebody with one of every kind of thing to look at."""
    provider = make_provider("Z9A")
    person = make_person("administrator", name="Amara Okafor")
    supplier = Organisation(code="S1", name="Demo Data Services", kind="supplier")
    keep(supplier, by=person)
    keep(Banner(text="Closed on Friday."), by=person)
    keep(CalendarException(day="2024-03-29", reason="Good Friday"), by=person)
    delegate(provider, supplier, by=person, **DAYS)
    approver = make_person("provider_approver", provider, name="J. Malik")
    review(provider, by=approver, remove=())
    new_key("Z9A", by=f"person:{person.pk}")
    operator = make_person("collection_operator", name="Tom Reyes")
    take_emergency_access(operator, provider, reason="A day that would not go across")
    return person


def pages(instance):
    """Every list, every form to add, and one thing of every kind with its history."""
    yield "/admin/"
    for model, register in site._registry.items():
        if model._meta.app_label in ROOMS[instance]:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            yield reverse(f"{name}_changelist")
            if register.may_be_added:
                yield reverse(f"{name}_add")
            for thing in model.objects.all()[:1]:
                yield reverse(f"{name}_change", args=[thing.pk])
                yield reverse(f"{name}_history", args=[thing.pk])


@pytest.mark.parametrize("instance", ["agem", "national"])
def test_every_page_of_the_administration_is_sound(request, instance, window, administrator):
    request.getfixturevalue(instance)
    seen = window(administrator)

    found = {}
    for page in pages(instance):
        seen.complaints.clear()
        answer = seen.page.goto(seen.address + page)
        found[page] = (answer.status, seen.complaints.copy())

    assert {page: said for page, said in found.items() if said != (200, [])} == {}
    assert len(found) > 25


def test_a_role_is_granted_in_the_administration(window, administrator):
    make_person(name="Priya Shah")
    seen = window(administrator)
    page = seen.open(reverse("admin:portal_grant_add"))

    for field, typed in (("person", "Priya"), ("provider", "Z9A")):
        page.click(f".field-{field} .select2-selection")
        page.keyboard.type(typed)
        page.click(".select2-results__option--highlighted:not(.loading-results)")
    page.fill("#id_reason", "Joined the data team")
    page.click("input[name=_save]")

    page.wait_for_selector(".messagelist .success")
    assert "Priya Shah" in page.inner_text("#result_list")
    assert seen.complaints == []
