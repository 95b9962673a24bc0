"""A specification that makes no sense is refused, and the refusal says where."""

import shutil
from pathlib import Path

import pytest

from portal.specification import SpecificationError
from portal.specification.loading import DATA_SETS, read_data_set

MPI, GP = "tables/CYP001MPI.toml", "tables/CYP002GP.toml"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DATA_SETS / "community_pilot" / "2.0", tmp_path / "2.0")
    return tmp_path / "2.0"


def refusal(folder: Path, file: str, old: str, new: str) -> str:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(SpecificationError) as refused:
        read_data_set(folder, "community_pilot", "2.0")
    return str(refused.value)


def test_as_it_stands_it_is_not_refused(folder):
    assert read_data_set(folder, "community_pilot", "2.0").version == "2.0"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            MPI,
            'treatment   = "keep"\nsource      = "dictionary"\n\n[items.NHSNumber]',
            'source      = "dictionary"\n\n[items.NHSNumber]',
            f"{MPI}: OrgID_LocalPatientID: 'treatment' is missing",
        ),
        (MPI, '"keep"', '"keept"', f"{MPI}: OrgID_LocalPatientID: there is no treatment 'keept'"),
        (
            MPI,
            '"nhs_number_status"',
            '"nhs_number_state"',
            f"{MPI}: NHSNumber_Status: there is no value set 'nhs_number_state'",
        ),
        (
            MPI,
            'kind     = "unique"',
            'kind     = "uniquely"',
            f"{MPI}: CP00101: there is no kind of rule 'uniquely'",
        ),
        (
            MPI,
            'items    = ["LocalPatientID"]',
            'item     = "LocalPatientID"',
            f"{MPI}: CP00101: 'items' is missing",
        ),
        (
            MPI,
            'items    = ["LocalPatientID"]',
            'items    = ["LocalPatientId"]',
            f"{MPI}: CP00101: CYP001MPI has no item 'LocalPatientId'",
        ),
        (
            MPI,
            'table    = "CYP101Referral"',
            'table    = "CYP102Referral"',
            f"{MPI}: CP00104: there is no table 'CYP102Referral'",
        ),
        (MPI, '"CP00102"', '"CP00101"', f"{MPI}: CP00101: the code is taken by CYP001MPI"),
        (
            MPI,
            'mandation   = "M"',
            'mandation   = "X"',
            f"{MPI}: LocalPatientID: 'X' is not one of",
        ),
        (
            "tables/CYP606ProvDiag.toml",
            "sensitive ",
            "sensitve  ",
            "tables/CYP606ProvDiag.toml: ProvisionalDiagnosis: 'sensitve' is not known here",
        ),
        (
            GP,
            'table = "CYP001MPI"',
            'table = "CYP101Referral"',
            f"{GP}: parents: there is no table 'CYP101Referral' before this one",
        ),
        (
            GP,
            'header = "RP_EndDate"',
            'header = "RP_Ended"',
            f"{GP}: CP00205: CYP000Header has no item 'RP_Ended'",
        ),
        (
            GP,
            'parent = "CYP001MPI"',
            'parent = "CYP104RTT"',
            f"{GP}: CP00206: no reference leads from CYP002GP to 'CYP104RTT'",
        ),
        (
            GP,
            'op          = "le"',
            'op          = "before"',
            f"{GP}: CP00205: 'before' is not one of",
        ),
        (
            "charts.toml",
            'measure = "waiting_list"',
            'measure = "waiting"',
            "charts.toml: people_waiting: there is no measure 'waiting'",
        ),
        (
            "value_sets/yes_no.csv",
            "N,No",
            "Y,No",
            "yes_no.csv: Y: twice, or of no known quality",
        ),
    ],
)
def test_nonsense_is_refused_by_file_and_item(folder, file, old, new, said):
    assert refusal(folder, file, old, new).startswith(said)


def test_a_direct_identifier_cannot_be_kept(folder):
    old = '[items.LocalPatientID.treatment]\nmethod = "hmac"\ndomain = "local_patient"\n'
    old += 'scope  = "provider"\noutput = "LocalPatient_Pseudo"\n'

    said = refusal(folder, MPI, old, '[items.LocalPatientID.treatment]\nmethod = "keep"\n')

    assert said == f"{MPI}: LocalPatientID: a direct identifier cannot be kept"


def test_free_text_that_could_hold_an_nhs_number_cannot_be_kept(folder):
    file = "tables/CYP000Header.toml"

    said = refusal(folder, file, 'treatment   = "drop"', 'treatment   = "keep"')

    assert said == (
        f"{file}: PrimarySystem: free text that could hold an NHS number cannot be kept"
    )


def test_a_bare_number_where_a_code_should_be_is_refused(folder):
    said = refusal(folder, MPI, 'in = ["07"]', "in = [07]")

    assert said.startswith("CYP001MPI.toml: file:")
