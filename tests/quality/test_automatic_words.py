"""What an automatic rule says goes into the report, and the report leaves the AGEM instance."""

import json

import pytest

from portal.specification import load_data_set, versions
from portal.tripwire import inspect_report
from submissions.automatic import LETTERS, automatic_words


@pytest.mark.parametrize("version", versions())
def test_no_sentence_of_an_automatic_rule_looks_like_an_identifier(version):
    data_set = load_data_set("community_pilot", version)
    said = {
        (item.name, letter): automatic_words(item, letter, data_set)
        for table in data_set.tables.values()
        for item in table.items.values()
        for letter in LETTERS
        if item.value_set or letter not in "VX"
    }

    for name, words in said.items():
        assert list(inspect_report(json.dumps(words).encode())) == [], name


def test_form_and_codes_are_said_in_plain_words():
    data_set = load_data_set("community_pilot", "2.0")
    referral = data_set.tables["CYP101Referral"].items

    assert automatic_words(referral["SourceOfReferral"], "F", data_set)[0] == (
        "The value is not 2 characters long."
    )
    assert "01, 02, 03" in automatic_words(referral["SourceOfReferral"], "V", data_set)[1]


def test_a_report_that_names_a_postcode_would_be_stopped():
    assert list(inspect_report(json.dumps(["written as in LS1 4AP"]).encode())) != []
