from dataclasses import replace

import polars as pl
import pytest

from portal.specification import Identifier, Method, SentColumn, SentType, Treatment
from portal.specification.reference import organisations
from portal.transfers import DTYPES, check_frame
from pseudonymisation.ancestors import Ancestors
from pseudonymisation.key_stores import load_ring
from pseudonymisation.references import load_references
from pseudonymisation.treatments import Surroundings, UntreatedColumn, pseudonymise
from tests.pseudonymisation.days import DATA_SET, DAY, HEADER, frame_of

PRACTICE = next(one for one in organisations() if one["kind"] == "practice")
AROUND = Surroundings(DATA_SET, HEADER, load_references())


@pytest.fixture
def treat(door):
    keys = load_ring(door.keys_url).key_set()

    def treat(table, *rows, around=AROUND):
        ancestors = Ancestors(DATA_SET)
        for name in [*DAY, *({table} - set(DAY))]:
            frame = frame_of(name, list(rows) if rows and name == table else DAY.get(name, []))
            beside = ancestors.beside(frame, DATA_SET.tables[name])
            treated = pseudonymise(beside, DATA_SET.tables[name], keys, around)
            ancestors.remember(beside, treated, DATA_SET.tables[name])
            if name == table:
                return treated
        raise AssertionError(table)

    return treat


@pytest.fixture
def treat_as(door):
    """One item of one row, treated as an area with these outputs."""
    keys = load_ring(door.keys_url).key_set()

    def treat_as(name, item, outputs, value):
        table = DATA_SET.tables[name]
        treatment = Treatment(Method.AREA, outputs=outputs)
        items = {table.key[0]: table.items[table.key[0]]}
        items[item] = replace(table.items[item], treatment=treatment)
        columns = [SentColumn(one, SentType.TEXT, one, (item,)) for one in outputs]
        alone = replace(
            table, items=items, derived={}, sent_columns=(table.sent_columns[0], *columns)
        )
        return pseudonymise(frame_of(name, [{item: value}]), alone, keys, AROUND).row(0, named=True)

    return treat_as


@pytest.mark.parametrize("table", DATA_SET.tables.values(), ids=lambda table: table.name)
def test_exactly_what_the_specification_sends_leaves_and_nothing_else(treat, table):
    treated = treat(table.name, *DAY.get(table.name, [{}]))

    assert treated.schema == {one.name: DTYPES[one.type] for one in table.sent_columns}
    check_frame(treated, table)


def test_every_treatment_is_met_by_the_specification():
    used = {item.treatment.method for table in DATA_SET.order for item in table.items.values()}

    assert used == set(Method)


@pytest.mark.parametrize(
    ("born", "group", "band"),
    [
        ("2024-03-05", "0-18", "0-9"),
        ("2005-03-06", "0-18", "10-19"),
        ("2005-03-05", "19-64", "10-19"),
        ("1959-03-06", "19-64", "60-69"),
        ("1934-03-06", "65_Plus", "80-89"),
        ("1934-03-05", "65_Plus", "90_Plus"),
        ("1894-03-06", "65_Plus", "90_Plus"),
        ("1894-03-05", None, None),
        ("2024-03-06", None, None),
        (None, None, None),
    ],
)
def test_an_age_is_a_group_and_a_band_at_the_start_of_the_period(treat, born, group, band):
    row = treat("CYP001MPI", {"LocalPatientID": "P1", "DateOfBirth": born}).row(0, named=True)

    assert row["AgeGroup_RP_StartDate"] == group
    assert row["AgeBand_RP_StartDate"] == band


@pytest.mark.parametrize(
    ("day", "band"), [("2030-02-28", "20-29"), ("2030-03-01", "30-39"), ("2028-02-29", "20-29")]
)
def test_a_birthday_on_29_february_comes_round_on_1_march(treat, day, band):
    around = replace(AROUND, header={**HEADER, "RP_StartDate": day})

    row = treat("CYP001MPI", {"DateOfBirth": "2000-02-29"}, around=around).row(0, named=True)

    assert row["AgeBand_RP_StartDate"] == band


@pytest.mark.parametrize(
    ("postcode", "known", "board"),
    [
        ("ZY1 0AX", "Y", "Q9A"),
        ("zy10ax", "Y", "Q9A"),
        ("ZZ99 3AZ", "N", None),
        ("AB1 1AA", "N", None),
        (None, "N", None),
    ],
)
def test_a_postcode_becomes_an_area(treat, postcode, known, board):
    row = treat("CYP001MPI", {"Postcode": postcode}).row(0, named=True)

    assert (row["ValidPostcode_Flag"], row["OrgIDICBRes"]) == (known, board)


def test_an_area_may_be_a_local_authority_and_a_deprivation_decile_too(treat_as):
    outputs = {"Authority": "local_authority", "Decile": "imd_decile"}

    row = treat_as("CYP001MPI", "Postcode", outputs, "ZY1 0AX")

    assert (row["Authority"], row["Decile"]) == ("E06999001", 1)


def test_a_practice_may_become_its_board(treat_as):
    row = treat_as("CYP002GP", "OrgID_GP", {"Board": "icb"}, PRACTICE["code"])

    assert row["Board"] == PRACTICE["icb"]


@pytest.mark.parametrize(("code", "sent"), [("1", "1"), ("2", "2"), ("9", "X"), ("X", "X")])
def test_a_rare_gender_is_not_told_apart_from_one_that_is_not_known(treat, code, sent):
    assert treat("CYP001MPI", {"Gender": code})["Gender"].item() == sent


def test_a_postcode_that_had_closed_is_not_known(treat):
    closed = AROUND.references.postcodes.with_columns(
        open_to=pl.when(pl.col("postcode") == "ZY10AX").then(pl.date(2024, 3, 4))
    )
    around = replace(AROUND, references=replace(AROUND.references, postcodes=closed))

    row = treat("CYP001MPI", {"Postcode": "ZY1 0AX"}, around=around).row(0, named=True)

    assert row["ValidPostcode_Flag"] == "N"


def test_only_a_traced_and_valid_nhs_number_has_a_pseudonym(treat):
    people = treat("CYP001MPI", *DAY["CYP001MPI"])

    assert people["Person_Pseudo"].is_null().to_list() == [False, True, True]
    assert people["LocalPatient_Pseudo"].is_null().sum() == 0


def test_a_child_row_knows_its_ancestors(treat):
    row = treat("CYP201CareContact").row(0, named=True)

    assert row["AgeBand_Contact_Date"] == "60-69"
    assert row["Days_Referral_to_CareContact"] == 33


def test_a_row_without_a_parent_has_nothing_derived_from_it(treat):
    row = treat("CYP201CareContact", {"ServiceRequestID": "R9"}).row(0, named=True)

    assert row["AgeBand_Contact_Date"] is None


def test_the_same_local_id_is_the_same_pseudonym_in_every_table(treat):
    referral = treat("CYP101Referral").row(0, named=True)

    contact = treat("CYP201CareContact").row(0, named=True)

    assert contact["Referral_Pseudo"] == referral["Referral_Pseudo"]


def test_another_provider_has_another_pseudonym(treat):
    there = replace(AROUND, header={**HEADER, "OrgID_Provider": "Z9B"})

    ours, theirs = (
        treat("CYP101Referral"),
        treat("CYP101Referral", *DAY["CYP101Referral"], around=there),
    )

    assert ours["Referral_Pseudo"][0] != theirs["Referral_Pseudo"][0]


def test_a_column_that_nothing_makes_stops_everything(door):
    table = DATA_SET.tables["CYP101Referral"]
    extra = replace(table.sent_columns[0], name="Extra")
    wider = replace(table, sent_columns=(*table.sent_columns, extra))
    keys = load_ring(door.keys_url).key_set()

    with pytest.raises(UntreatedColumn, match=r"CYP101Referral\.Extra"):
        pseudonymise(frame_of(table.name, DAY[table.name]), wider, keys, AROUND)


def test_no_direct_identifier_is_kept_by_any_version():
    kept = [
        item.name
        for table in DATA_SET.order
        for item in table.items.values()
        if item.identifier is Identifier.DIRECT and item.treatment.method is Method.KEEP
    ]

    assert kept == []


def test_a_pseudonym_taken_from_the_parent_is_the_one_that_would_be_made(treat, door):
    table = DATA_SET.tables["CYP201CareContact"]
    keys = load_ring(door.keys_url).key_set()
    alone = Ancestors(DATA_SET).beside(frame_of(table.name, DAY[table.name]), table)

    with_parent = treat(table.name)

    made = pseudonymise(alone, table, keys, AROUND)
    assert made["Referral_Pseudo"].to_list() == with_parent["Referral_Pseudo"].to_list()
    assert made["Referral_Pseudo"].null_count() == 0


def test_a_row_whose_parent_is_missing_still_has_its_pseudonym(treat):
    rows = [*DAY["CYP201CareContact"], {"CareContactID": "C9", "ServiceRequestID": "R9"}]

    made = treat("CYP201CareContact", *rows)["Referral_Pseudo"]

    assert made.null_count() == 0
    assert made.n_unique() == 2
