import pytest
from django.core.management import CommandError, call_command

from pseudonymisation.reference_files import take_over
from pseudonymisation.references import (
    ORGANISATIONS,
    POSTCODES,
    SYNTHETIC,
    ReferenceFault,
    load_references,
    loaded_references,
)

DIRECTORY = """\
PCD,PCDS,DOINTR,DOTERM,OSLAUA,ICB,IMD
LE1 1AA,LE1 1AA,198001,,E06000016,E54000015,1
LE1 1AB,LE1 1AB,198001,202402,E06000016,E54000015,32844
CF101AA,CF10 1AA,198001,,W06000015,,5
"""
PRACTICES = '"A81001","A SURGERY","Y63","QHM",,,,,,"TS1 1AA","19740401","20240229","A"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = tmp_path / "reference"
    monkeypatch.setenv("REFERENCE_FOLDER", str(place))
    return place


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / "onspd.csv"
    path.write_text(DIRECTORY)
    return path


@pytest.fixture
def practices(tmp_path):
    path = tmp_path / "epraccur.csv"
    path.write_text(PRACTICES)
    return path


def test_the_postcode_directory_is_taken_over(folder, directory, practices, capsys):
    call_command("load_reference", "postcodes", str(directory))
    call_command("load_reference", "organisations", str(practices))

    held = load_references()

    rows = held.postcodes.sort("postcode").rows(named=True)
    assert [row["postcode"] for row in rows] == ["CF101AA", "LE11AA", "LE11AB"]
    assert [row["imd_decile"] for row in rows] == [None, 1, 10]
    assert [str(row["open_to"]) for row in rows] == ["None", "None", "2024-02-01"]
    assert held.organisations.row(0, named=True)["icb"] == "QHM"
    assert "3 postcodes loaded." in capsys.readouterr().out


def test_the_shipped_data_can_be_taken_over_as_it_is(folder, tmp_path):
    assert take_over("postcodes", [SYNTHETIC / POSTCODES], folder) > 1000
    assert take_over("organisations", [SYNTHETIC / ORGANISATIONS], folder) > 100
    assert load_references(folder).postcodes.equals(load_references(SYNTHETIC).postcodes)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "postcode,icb\n"])
def test_another_file_is_refused_and_nothing_is_lost(folder, directory, tmp_path, text):
    take_over("postcodes", [directory], folder)
    other = tmp_path / "other.csv"
    other.write_text(text)

    for kind in ("postcodes", "organisations"):
        with pytest.raises(ReferenceFault):
            take_over(kind, [other], folder)

    assert (folder / POSTCODES).read_text().count("\n") == 4


def test_the_synthetic_data_is_never_overwritten(monkeypatch, directory):
    monkeypatch.delenv("REFERENCE_FOLDER", raising=False)

    with pytest.raises(CommandError, match="REFERENCE_FOLDER"):
        call_command("load_reference", "postcodes", str(directory))


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(ReferenceFault, match="UNREADABLE"):
        load_references(tmp_path)


def test_files_of_several_kinds_of_organisation_are_taken_over_together(
    folder, practices, tmp_path, directory
):
    sites = tmp_path / "ets.csv"
    sites.write_text(PRACTICES.replace("A81001", "RT101").replace("20240229", ""))
    shipped = SYNTHETIC / ORGANISATIONS
    take_over("postcodes", [directory], folder)

    assert take_over("organisations", [practices, sites, shipped], folder) > 100

    held = dict(load_references(folder).organisations.select("code", "open_to").rows())
    assert str(held["A81001"]) == "2024-02-29"
    assert held["RT101"] is None


def test_assessment_scales_come_from_a_reference_set(folder, directory, practices, tmp_path):
    refset = tmp_path / "refset.txt"
    refset.write_text("id\tactive\treferencedComponentId\na\t1\t443807003\nb\t0\t718583008\n")
    take_over("postcodes", [directory], folder)
    take_over("organisations", [practices], folder)
    assert load_references(folder).assessments is None

    assert take_over("assessments", [refset], folder) == 1

    assert load_references(folder).assessments == {"443807003"}
    assert load_references(SYNTHETIC).assessments > {"443807003"}


def test_only_a_folder_that_is_named_counts_as_loaded(monkeypatch):
    monkeypatch.delenv("REFERENCE_FOLDER", raising=False)
    assert loaded_references() is None

    monkeypatch.setenv("REFERENCE_FOLDER", str(SYNTHETIC))
    assert loaded_references().organisations.height > 100
