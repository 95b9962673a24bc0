import io

import pytest

from portal.models import Provider
from portal.organisations import UnreadableOrganisations, load_organisations

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agem")]
HEADING = "code,name,kind,provider_type,icb,region,opted_in_on\n"
FILE = f"""{HEADING}Z9P,Demo Trust,provider,CHT,Z9I,Z9R,2024-03-01
Z9R,Demo Region,region,,,,
Z9I,Demo Board,icb,,,,
"""


def load(text):
    return load_organisations(io.StringIO(text))


def test_organisations_are_loaded_in_any_order_and_again():
    assert load(FILE) == load(FILE) == (2, 1)
    assert Provider.objects.get(code="Z9P").icb.name == "Demo Board"


def test_what_the_file_does_not_say_stays():
    load(FILE)
    Provider.objects.update(left_on="2024-05-01")

    load(FILE.replace("Demo Trust", "Demo Foundation Trust"))

    kept = Provider.objects.get(code="Z9P")
    assert (kept.name, str(kept.left_on)) == ("Demo Foundation Trust", "2024-05-01")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("code,name\n", "first line"),
        (FILE.replace("CHT", "SHOP"), "line 2.*provider_type"),
        (FILE.replace("Z9P", "z 9"), "line 2.*code"),
        (FILE.replace("Z9I,Z9R,", "Z9X,Z9R,"), "line 2.*icb"),
        (FILE.replace("2024-03-01", "soon"), "line 2.*opted_in_on"),
    ],
)
def test_a_file_with_something_wrong_loads_nothing(text, says):
    with pytest.raises(UnreadableOrganisations, match=says):
        load(text)
