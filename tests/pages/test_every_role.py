"""What each role sees first, and every page its menu leads to, as a browser shows it."""

import pytest
from django.utils import timezone

from portal.governing import delegate
from portal.models import Organisation
from portal.roles import ROLES, Scope
from tests.people import make_person, make_provider
from tests.viewer.conftest import ticket  # noqa: F401 - the national pages need one

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.django_db(transaction=True, databases=["default", "records"]),
]
HERE = "a.app-brand, .nhsuk-header a, .app-footer a"
BEYOND = ("/admin/", "/metrics")


def somebody_in(role, provider):
    if ROLES[role].scope is Scope.PROVIDER:
        return make_person(role, provider, name="Priya Shah")
    if ROLES[role].scope is Scope.ORGANISATION:
        return make_person(role, organisation_of(provider), name="Priya Shah")
    return make_person(role, name="Priya Shah")


def organisation_of(provider):
    """An organisation that submits for the provider, and is its integrated care board."""
    organisation = Organisation.objects.create(code="S1", name="Organisation", kind="supplier")
    today = timezone.localdate()
    delegate(provider, organisation, by=make_person(), starts=today, ends=today)
    provider.icb = organisation
    provider.save()
    return organisation


def look_through(window, person):
    """Open the first page and all that its menu and footer lead to; return what is wrong."""
    seen = window(person)
    page = seen.open("/")
    links = page.eval_on_selector_all(HERE, "links => links.map(one => one.pathname)")
    found = {}
    for link in dict.fromkeys(["/", *links]):
        if not link.startswith(BEYOND):
            seen.complaints.clear()
            seen.open(link)
            if not page.url.removeprefix(seen.address).startswith(BEYOND):
                found[link] = seen.faults()
    return {link: faults for link, faults in found.items() if faults}


@pytest.mark.parametrize(
    "role",
    [
        "submitter",
        "supplier_submitter",
        "emergency_operator",
        "provider_approver",
        "collection_operator",
        "specification_manager",
        "auditor",
        "administrator",
    ],
)
def test_the_pages_of_each_role_on_the_agem_instance(agem, window, role):
    assert look_through(window, somebody_in(role, make_provider("Z9A"))) == {}


@pytest.mark.usefixtures("ticket")
def test_the_pages_of_a_boards_viewer_where_boards_may_look(national, window):
    national.ICB_VIEWERS = True

    assert look_through(window, somebody_in("icb_viewer", make_provider("Z9A"))) == {}


@pytest.mark.usefixtures("ticket")
@pytest.mark.parametrize("instance", ["agem", "national"])
def test_the_administration_starts_without_a_word_from_console_or_policy(request, window, instance):
    request.getfixturevalue(instance)
    seen = window(somebody_in("administrator", make_provider("Z9A")))

    page = seen.open("/admin/")
    page.wait_for_load_state("networkidle")

    assert page.url.endswith("/admin/")
    assert page.locator("a[href^='/admin/portal/']").count() > 0
    assert seen.complaints == []


@pytest.mark.usefixtures("ticket")
@pytest.mark.parametrize(
    "role", ["aggregate_viewer", "record_viewer", "national_analyst", "provider_approver"]
)
def test_the_pages_of_each_role_on_the_national_instance(national, window, role):
    assert look_through(window, somebody_in(role, make_provider("Z9A"))) == {}


def test_a_stranger_sees_how_to_sign_in(agem, db, window):
    assert look_through(window, None) == {}


def test_the_page_that_is_not_there(agem, window):
    seen = window(somebody_in("submitter", make_provider("Z9A")))

    seen.open("/nowhere/")

    seen.complaints.clear()  # the console tells of the status
    assert seen.faults() == []
