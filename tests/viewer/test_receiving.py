from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from portal.handover import acknowledgements, open_handover, pending
from portal.manifests import read_verify_key
from portal.models import Provider
from portal.row_security import NATION
from portal.scope import provider_scope
from tests.viewer.delivering import contact, person, together
from viewer.models import (
    RECORD_MODELS,
    Arrival,
    DisplayPseudonym,
    MeasureCount,
    NationalFigure,
    Report,
    Slot,
)
from viewer.receiving import receive_due

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "records"])
MONDAY, TUESDAY, WEDNESDAY = date(2024, 3, 4), date(2024, 3, 5), date(2024, 3, 6)
Contact, Referral = RECORD_MODELS["CYP201CareContact"], RECORD_MODELS["CYP101Referral"]


def answers(tmp_path):
    key = read_verify_key(Path(settings.NATIONAL_VERIFY_KEY_FILE))
    shelf = open_handover(settings.HANDOVER_URL)
    return {one.transfer: one.outcome.value for one in acknowledgements(shelf, key, tmp_path / "a")}


def counts(measure, split="total", provider="Z9A"):
    with provider_scope(provider):
        rows = MeasureCount.objects.using("records").filter(measure=measure, split=split)
        return {(row.day, row.code): row.value for row in rows if row.value}


def newest(model, provider="Z9A"):
    with provider_scope(provider):
        return model.objects.using("records").filter(newest=True).count()


def test_a_transfer_is_loaded_counted_named_and_acknowledged(handover, tmp_path):
    rows = together(person("ann"), person("bob"), contact("ann", 1, TUESDAY))
    made = handover("Z9A", TUESDAY, rows)

    assert receive_due() == 1

    assert newest(Referral) == 2
    assert counts("contacts") == {(TUESDAY, ""): 1}
    assert counts("waiting_list", "WeeksBand") == {(TUESDAY, "W04_12"): 1}
    assert counts("quality") == {(TUESDAY, ""): 90}
    assert answers(tmp_path) == {made.transfer: "loaded"}
    with provider_scope("Z9A"):
        assert DisplayPseudonym.objects.using("records").count() == 2
        assert Report.objects.using("records").get().outcome == "accepted"


def test_receiving_again_changes_nothing(handover):
    handover("Z9A", TUESDAY, person("ann"))

    assert receive_due() == 1
    assert receive_due() == 0
    assert pending(open_handover(settings.HANDOVER_URL)) == []


def test_a_lost_acknowledgement_is_written_again_and_nothing_is_loaded_twice(handover, tmp_path):
    made = handover("Z9A", TUESDAY, person("ann"))
    receive_due()
    for path in (tmp_path / "handover" / "acknowledgements").iterdir():
        path.unlink()

    assert receive_due() == 1
    assert newest(Referral) == 1
    assert answers(tmp_path) == {made.transfer: "loaded"}


def test_a_resubmission_replaces_the_rows_of_its_period_entirely(handover):
    handover("Z9A", TUESDAY, together(person("ann"), contact("ann", 1, TUESDAY)))
    receive_due()
    handover("Z9A", TUESDAY, person("bob"), version=2)
    receive_due()

    assert newest(Referral) == 1
    assert newest(Contact) == 0
    assert counts("contacts") == {}


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_does_not_rise_is_stale(handover, tmp_path, version):
    handover("Z9A", TUESDAY, person("ann"), version=2)
    receive_due()
    late = handover("Z9A", TUESDAY, together(person("bob"), person("cat")), version=version)
    receive_due()

    assert newest(Referral) == 1
    assert answers(tmp_path)[late.transfer] == "stale"


@pytest.mark.parametrize("order", [(MONDAY, TUESDAY), (TUESDAY, MONDAY)])
def test_the_newest_row_of_a_key_stands_whatever_came_first(handover, order):
    for day in order:
        ended = TUESDAY if day == TUESDAY else None
        handover("Z9A", day, person("ann", Discharge_Date=ended))
        receive_due()

    assert newest(Referral) == 1
    assert counts("waiting_list") == {(MONDAY, ""): 1}
    assert counts("referrals_discharged") == {(TUESDAY, ""): 1}


def test_an_earlier_row_stands_again_when_the_later_is_no_longer_stated(handover):
    handover("Z9A", MONDAY, person("ann"))
    handover("Z9A", TUESDAY, person("ann", Discharge_Date=TUESDAY))
    receive_due()
    handover("Z9A", TUESDAY, person("bob"), version=2)
    receive_due()

    assert newest(Referral) == 2
    assert counts("referrals_discharged") == {}


def test_a_withdrawal_removes_the_period(handover):
    handover("Z9A", TUESDAY, together(person("ann"), contact("ann", 1, TUESDAY)))
    receive_due()
    handover("Z9A", TUESDAY, {}, version=2, kind="withdrawal")
    receive_due()

    assert newest(Referral) == 0
    assert counts("contacts") == {}
    assert counts("waiting_list") == {}
    with provider_scope("Z9A"):
        assert Slot.objects.using("records").get().withdrawn


def test_the_report_of_a_rejected_submission_arrives_alone(handover):
    handover("Z9A", TUESDAY, {}, kind="report")
    receive_due()

    with provider_scope("Z9A"):
        assert Report.objects.using("records").count() == 1
        assert Slot.objects.using("records").count() == 0


def test_a_broken_seal_is_refused_and_nothing_is_loaded(handover, tmp_path):
    made = handover("Z9A", TUESDAY, person("ann"))
    folder = tmp_path / "handover" / "outgoing" / str(made.transfer)
    next(folder.glob("CYP101*.parquet")).write_bytes(b"PAR1 something else")

    receive_due()

    assert Arrival.objects.get().state == "broken"
    assert Arrival.objects.get().fault == "DIGEST"
    assert newest(Referral) == 0
    assert answers(tmp_path) == {made.transfer: "refused"}


def test_a_transfer_that_kills_its_worker_is_set_aside_after_three_times(handover):
    made = handover("Z9A", TUESDAY, person("ann"))
    Arrival.objects.create(transfer=made.transfer, attempts=3)

    assert receive_due() == 0
    assert Arrival.objects.get().state == "quarantined"


def test_providers_stay_apart(handover):
    handover("Z9A", TUESDAY, person("ann"))
    handover("Z9B", TUESDAY, together(person("ann"), person("bob")))
    receive_due()

    assert newest(Referral, "Z9A") == 1
    assert newest(Referral, "Z9B") == 2


def test_what_is_received_reaches_the_figures_across_providers(handover):
    Provider.objects.create(code="Z9A", name="Demo")
    friday = date(2024, 3, 1)
    handover("Z9A", friday, together(person("ann"), contact("ann", 1, friday)))

    receive_due()

    with provider_scope(NATION):
        figures = NationalFigure.objects.using("records")
        weeks = figures.filter(cube="contacts", organisation="Z9A", period=date(2024, 2, 26))
        assert weeks.exists()
        assert figures.filter(cube="daily_quality", period=friday).exists()


def test_hours_are_those_of_the_first_accepted_and_the_score_of_what_stands(handover):
    handover("Z9A", TUESDAY, person("ann"), version=2, score=70.0, hours=30)
    receive_due()
    handover("Z9A", TUESDAY, person("ann"), version=1, score=99.0, hours=5)
    receive_due()

    assert counts("quality") == {(TUESDAY, ""): 70}
    assert counts("timeliness") == {(TUESDAY, ""): 5}

    handover("Z9A", TUESDAY, {}, version=3, kind="withdrawal")
    receive_due()

    assert counts("quality") == counts("timeliness") == {}
