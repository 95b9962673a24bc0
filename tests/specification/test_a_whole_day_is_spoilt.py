"""Every rule about a whole submission is broken once: what follows is found, and nothing else."""

from datetime import date

import pytest

from portal.specification import SpecificationError, load_data_set
from portal.specification.synthesis.day import Wanted
from portal.specification.synthesis.files import spoil_files
from portal.specification.synthesis.spoiling import whole_rules
from tests.specification.verdicts import cascaded, found_in, planted_in, verdict_on

DAYS = {"1.0": date(2024, 1, 16), "2.0": date(2024, 4, 16)}
# What the door or the store finds before anything is judged: tested with them.
ELSEWHERE = {"archive_safe", "unknown_table", "duplicate_package", "malware"}
CASES = [(v, code) for v in DAYS for code in whole_rules(load_data_set("community_pilot", v))]


@pytest.mark.parametrize(("version", "code"), CASES)
def test_what_a_fault_of_the_whole_leads_to_is_found_and_nothing_else(tmp_path, version, code):
    data_set, wanted = (
        load_data_set("community_pilot", version),
        Wanted("Z9A", DAYS[version], 60, 1),
    )
    spoil_files(data_set, wanted, code, tmp_path)
    live = getattr(whole_rules(data_set)[code], "kind", "") == "nhs_number_range"

    verdict = verdict_on(tmp_path, data_set, wanted, live=live)

    planted, lost = planted_in(tmp_path)
    assert found_in(verdict) == planted
    assert code in {each[3] for each in planted}
    assert cascaded(verdict) == lost


@pytest.mark.parametrize("version", DAYS)
def test_every_rule_about_the_whole_can_be_broken(version):
    data_set = load_data_set("community_pilot", version)

    left = {rule.check for rule in data_set.file_rules if rule.code not in whole_rules(data_set)}

    assert left == ELSEWHERE


def test_a_rule_that_no_files_break_is_refused(tmp_path):
    wanted = Wanted("Z9A", DAYS["2.0"], 10, 1)

    with pytest.raises(SpecificationError, match="CPREJ011"):
        spoil_files(load_data_set("community_pilot", "2.0"), wanted, "CPREJ011", tmp_path)
