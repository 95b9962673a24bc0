import pytest

from portal.specification import load_data_set, versions
from tests.people import make_person

pytestmark = pytest.mark.django_db
TABLES = [
    (version, table)
    for version in versions()
    for table in load_data_set("community_pilot", version).tables
]


@pytest.fixture
def reader(client):
    client.force_login(make_person())
    return client


@pytest.mark.parametrize("instance", ["agem", "national"])
def test_the_specification_opens_at_the_newest_version(request, reader, instance):
    request.getfixturevalue(instance)

    answer = reader.get("/specification/", follow=True)

    assert answer.redirect_chain[-1][0] == "/specification/2.0/CYP000Header/"
    assert "Specification 2.0" in answer.content.decode()


@pytest.mark.parametrize(("version", "table"), TABLES)
def test_every_table_has_a_page_that_says_what_leaves(reader, national, version, table):
    data_set = load_data_set("community_pilot", version)

    page = reader.get(f"/specification/{version}/{table}/").content.decode()

    for item in data_set.tables[table].items:
        assert f'id="{item}"' in page
    for rule in data_set.tables[table].rules:
        assert f'id="{rule.code}"' in page


def test_every_value_set_has_a_page(reader, national):
    for name, value_set in load_data_set("community_pilot", "2.0").value_sets.items():
        page = reader.get(f"/specification/2.0/codes/{name}/").content.decode()
        assert len(value_set.codes) == page.count('<th scope="row">')


def test_what_changed_can_be_read(reader, national):
    page = reader.get("/specification/2.0/changes/").content.decode()

    assert "DateOfBirth was required and is mandatory." in page
    assert "SitRep_ServiceLine added" in page


def test_what_is_counted_and_what_limits_hold_can_be_read(reader, national):
    data_set = load_data_set("community_pilot", "2.0")

    page = reader.get("/specification/2.0/measures/").content.decode()

    for name in data_set.measures:
        assert f'id="{name}"' in page
    for rule in data_set.file_rules:
        assert f'id="{rule.code}"' in page


@pytest.mark.parametrize(
    "address", ["9.9/", "2.0/Nothing/", "2.0/codes/nothing/", "1.0/changes/", "9.9/changes/"]
)
def test_what_does_not_exist_is_not_found(reader, national, address):
    assert reader.get(f"/specification/{address}").status_code == 404


def test_a_blank_file_can_be_had_on_the_side_that_collects(reader, agem):
    answer = reader.get("/specification/2.0/CYP105OnwardReferral.csv")

    heading = "ServiceRequestID,Onward_ReferralDate,Onward_ReferralReason,OrgID_Receiving"
    assert answer.content.decode() == f"{heading}\r\n"


def test_the_national_side_gives_no_file(reader, national):
    address = "/specification/2.0/CYP105OnwardReferral.csv"

    assert reader.get(address, follow=True).status_code == 404
