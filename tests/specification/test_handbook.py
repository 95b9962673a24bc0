from pathlib import Path

import pytest

from portal.specification import load_data_set, versions
from portal.specification.document import page
from portal.specification.examples import example_of
from portal.specification.handbook import differences, rules_about, treatment_in_words

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
TWO = load_data_set("community_pilot", "2.0")
PAIRS = dict(zip(versions(), [None, *versions()], strict=False))


@pytest.mark.parametrize(("version", "older"), PAIRS.items())
def test_the_reference_pages_say_what_the_specification_says(version, older):
    before = load_data_set("community_pilot", older) if older else None

    now = page(load_data_set("community_pilot", version), before)

    assert (REFERENCE / f"data-set-{version}.md").read_text() == now


@pytest.mark.parametrize(
    ("table", "item", "words"),
    [
        ("CYP001MPI", "NHSNumber", "Leaves as a pseudonym, the same for every provider."),
        ("CYP001MPI", "LocalPatientID", "Leaves as a pseudonym of this provider."),
        (
            "CYP001MPI",
            "DateOfBirth",
            "Does not leave; in its place: age group and age band.",
        ),
        ("CYP001MPI", "EthnicCategory", "Only the group of the code leaves."),
        ("CYP101Referral", "ReferralRequest_ReceivedTime", "Does not leave."),
        ("CYP201CareContact", "Contact_Date", "Leaves as it is."),
        (
            "CYP002GP",
            "OrgID_GP",
            "Does not leave; in its place: whether it is known.",
        ),
    ],
)
def test_a_treatment_can_be_said_in_words(table, item, words):
    assert treatment_in_words(TWO.tables[table].items[item]) == words


def test_every_rule_has_an_example_of_what_breaks_it():
    for table in TWO.order:
        for rule in table.rules:
            example = example_of(TWO, table, rule)
            assert example.endswith(".")
            assert "{" not in example


def test_the_differences_between_versions_are_those_the_pilot_announced():
    one = load_data_set("community_pilot", "1.0")

    found = {(each.table, each.what) for each in differences(one, TWO)}

    assert ("CYP001MPI", "DateOfBirth was required and is mandatory.") in found
    assert ("CYP101Referral", "ServiceLineAgreement is no longer collected.") in found
    assert ("COM501HospitalProviderSpell", "The table is new.") in found
    assert {change.table for change in TWO.changes} == {table for table, _ in found}


def test_the_rules_about_an_item_can_be_listed():
    codes = [rule.code for rule in rules_about(TWO.tables["CYP001MPI"], "NHSNumber")]

    assert codes == ["CP00102", "CP00105", "CP00106", "CP00107", "CP00108", "CP00109"]
