from collections import Counter
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from portal.specification import load_data_set
from tests.viewer.delivering import person, together
from viewer.receiving import receive_due
from viewer.reidentification import quasi_identifiers, risk_of

DATA_SET = load_data_set("community_pilot", "2.0")
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])


def test_a_class_of_four_is_too_few_and_one_of_five_is_not():
    risk = risk_of("Z9A", Counter({("a",): 1, ("b",): 4, ("c",): 5}), DATA_SET.disclosure)

    assert (risk.persons, risk.unique, risk.few, risk.percent) == (10, 1, 5, 50.0)


def test_what_is_about_a_person_is_looked_at_and_no_pseudonym():
    columns = quasi_identifiers(DATA_SET.tables["CYP001MPI"])

    assert {"AgeBand_RP_StartDate", "Gender", "OrgIDICBRes", "DateOfDeath_Month"} <= set(columns)
    assert not [name for name in columns if name.endswith("_Pseudo")]


def test_the_report_fails_over_the_bar(national, provider, handover, capsys):
    handover("Z9A", date(2024, 3, 5), together(person("ann"), person("bob")))
    receive_due()

    with pytest.raises(CommandError, match="fewer than 5"):
        call_command("disclosure_report")

    assert "all providers" in capsys.readouterr().out
