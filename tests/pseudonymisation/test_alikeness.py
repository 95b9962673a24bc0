"""How alike made-up persons are by what leaves about them, against the bar of the specification."""

from collections import Counter
from datetime import date

import polars as pl
import pytest

from portal.specification import load_data_set
from portal.specification.synthesis.day import Wanted
from portal.specification.synthesis.files import synthesise_files
from pseudonymisation.key_stores import load_ring
from pseudonymisation.references import load_references
from pseudonymisation.treatments import Surroundings, pseudonymise
from viewer.reidentification import Risk, quasi_identifiers, risk_of

DAYS = {"1.0": "2024-01-09", "2.0": "2024-03-05"}
TABLE = "CYP001MPI"


def risk_among(door, folder, version: str, patients: int) -> Risk:
    """The risk among the persons of a made-up day, as their records leave."""
    data_set, day = load_data_set("community_pilot", version), DAYS[version]
    wanted = Wanted("Z9A", date.fromisoformat(day), patients, seed=1, contacts=0)
    synthesise_files(data_set, wanted, 0, folder)
    table = data_set.tables[TABLE]
    persons = pl.read_csv(folder / table.file_name, infer_schema=False)
    around = Surroundings(
        data_set, {"OrgID_Provider": "Z9A", "RP_StartDate": day}, load_references()
    )
    held = pseudonymise(persons, table, load_ring(door.keys_url).key_set(), around)
    alike = Counter(held.select(quasi_identifiers(table)).iter_rows())
    return risk_of("Z9A", alike, data_set.disclosure)


@pytest.mark.parametrize("version", DAYS)
def test_of_fifty_thousand_persons_fewer_than_one_in_a_hundred_have_too_few_alike(
    door, tmp_path, version
):
    risk = risk_among(door, tmp_path, version, 50_000)

    assert risk.persons >= 50_000
    assert 0 < risk.percent < risk.bar.most_percent == 1
    assert risk.bar.fewest_alike == 5


def test_among_the_persons_of_a_small_provider_alone_many_more_have_too_few_alike(door, tmp_path):
    assert risk_among(door, tmp_path, "2.0", 2_000).is_too_high
