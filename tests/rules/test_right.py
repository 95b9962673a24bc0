from tests.rules.making import RIGHT, found, judged


def test_a_submission_in_which_everything_is_right_has_no_finding_but_the_aggregate():
    verdict = judged(RIGHT)

    assert found(verdict) == []
    assert all(counts.accepted == counts.received for counts in verdict.tables.values())
