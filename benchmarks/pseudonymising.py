"""Pseudonymise and seal care contacts, and hold the cost against reading the same file.

    python benchmarks/pseudonymising.py [--contacts 5000000] [--referrals 400000]

One process, one thread of Polars. Figures are seconds of processor time; `ratio` is against a
process of its own that does `polars.read_csv` of the same file in the same run. Bars:
pseudonymising <= 1.8 x read_csv;
to sealed Parquet, checks included, >= 160,000 rows a second.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import polars as pl

from portal.specification import DataSet, Table, load_data_set
from portal.transfers import PART_ROWS, write_part
from pseudonymisation.ancestors import Ancestors
from pseudonymisation.keys import KeyRing, KeySet, with_active, with_new_key
from pseudonymisation.references import load_references
from pseudonymisation.sending import gather
from pseudonymisation.treatments import Surroundings, pseudonymise

CHUNK_ROWS = 90_000
RNG = np.random.default_rng(1)


def numbered(prefix: str, numbers: np.ndarray) -> pl.Series:
    """Local identifiers such as R0000000042."""
    return pl.Series(numbers).cast(pl.String).str.zfill(10).str.replace("^", prefix)


def dates(rows: int) -> pl.Series:
    """Days of half a year, as text."""
    days = pl.Series(RNG.integers(19_600, 19_787, rows)).cast(pl.Int32).cast(pl.Date)
    return days.dt.to_string("%Y-%m-%d")


def filled(table: Table, rows: int, **given: pl.Series) -> pl.DataFrame:
    """A frame of the table: given columns, and for the others what their type asks for."""
    columns = {}
    for name, item in table.items.items():
        if name in given:
            columns[name] = given[name]
        elif item.type in ("date", "datetime"):
            columns[name] = dates(rows)
        elif item.type == "integer":
            columns[name] = pl.Series(RNG.integers(1, 90, rows)).cast(pl.String)
        else:
            codes = np.array([f"{code:02}" for code in range(12)])
            columns[name] = pl.Series(codes[RNG.integers(0, 12, rows)])
    return pl.DataFrame(columns)


def parents(data_set: DataSet, referrals: int) -> Iterator[tuple[Table, pl.DataFrame]]:
    """The tables whose rows the contacts refer to."""
    people = referrals * 3 // 4
    mpi, referral = data_set.tables["CYP001MPI"], data_set.tables["CYP101Referral"]
    yield mpi, filled(mpi, people, LocalPatientID=numbered("P", np.arange(people)))
    yield (
        referral,
        filled(
            referral,
            referrals,
            ServiceRequestID=numbered("R", np.arange(referrals)),
            LocalPatientID=numbered("P", RNG.integers(0, people, referrals)),
        ),
    )


def contacts(table: Table, rows: int, referrals: int) -> pl.DataFrame:
    """Contacts of random referrals, each with its own identifier."""
    return filled(
        table,
        rows,
        CareContactID=numbered("C", np.arange(rows)),
        ServiceRequestID=numbered("R", RNG.integers(0, referrals, rows)),
        TeamID_Local=numbered("T", RNG.integers(0, 500, rows)),
        **{keyed_too(table): numbered("X", RNG.integers(0, rows, rows))},
    )


def keyed_too(table: Table) -> str:
    """A text item to key as a fourth: the last that the specification keeps."""
    return [item.name for item in table.items.values() if item.type == "site_code"][-1]


def with_a_fourth(table: Table) -> Table:
    """The table with one more keyed column, as the bar asks for four."""
    name = keyed_too(table)
    keyed = replace(table.items["TeamID_Local"].treatment, output="Fourth_Pseudo", domain="fourth")
    item = replace(table.items[name], treatment=keyed)
    column = replace(table.sent["Team_Pseudo"], name="Fourth_Pseudo", items=(name,))
    columns = tuple(column if one.name == name else one for one in table.sent_columns)
    return replace(table, items={**table.items, name: item}, sent_columns=columns)


def sealed_in(
    folder: Path, table: Table, frames: Iterator[pl.DataFrame], keys: KeySet, around: Surroundings
) -> tuple[float, float]:
    """Seconds to pseudonymise and seconds to check and write, one chunk after the other."""
    ancestors = Ancestors(around.data_set)
    for parent, frame in parents(around.data_set, REFERRALS):
        beside = ancestors.beside(frame, parent)
        ancestors.remember(beside, pseudonymise(beside, parent, keys, around), parent)
    spent = 0.0

    def treated() -> Iterator[pl.DataFrame]:
        nonlocal spent
        for frame in frames:
            begun = time.process_time()
            made = pseudonymise(ancestors.beside(frame, table), table, keys, around)
            spent += time.process_time() - begun
            yield made

    begun = time.process_time()
    for number, frame in enumerate(treated(), start=1):
        write_part(folder, table, number, frame)
    return spent, time.process_time() - begun - spent


def read_cold(path: Path) -> float:
    """Seconds of processor time of a process that reads the file and nothing else."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = "import sys, polars; polars.read_csv(sys.argv[1], infer_schema=False)"
    surroundings = {name: value for name, value in os.environ.items() if "POLARS" not in name}
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, env=surroundings)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rows: int) -> None:
    """Measure, and print what was found."""
    data_set = load_data_set("community_pilot", "2.0")
    table = with_a_fourth(data_set.tables["CYP201CareContact"])
    ring = with_active(with_new_key(KeyRing("benchmark", "benchmark"), "2024-03-01"), 1)
    header = {data_set.roles.provider: "Z9A", data_set.roles.start: "2024-03-05"}
    around = Surroundings(data_set, header, load_references())
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "contacts.csv"
        with path.open("ab") as file:
            for start in range(0, rows, 500_000):
                contacts(table, min(500_000, rows - start), REFERRALS).write_csv(
                    file, include_header=start == 0
                )
        reading = read_cold(path)
        whole = pl.read_csv(path, infer_schema=False)
        frames = gather(whole.iter_slices(CHUNK_ROWS), PART_ROWS)
        treating, sealing = sealed_in(Path(name), table, frames, ring.key_set(), around)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"contacts            {rows:>12,}")
    print(f"read_csv            {reading:>12.2f} s")
    print(f"pseudonymise        {treating:>12.2f} s   ratio {treating / reading:.2f}")
    print(f"check and write     {sealing:>12.2f} s")
    print(f"to sealed Parquet   {rows / (treating + sealing):>12,.0f} rows a second of one core")
    print(f"peak memory         {peak:>12,} MB (the whole file is held for the comparison)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=5_000_000)
    parser.add_argument("--referrals", type=int, default=400_000)
    asked = parser.parse_args()
    REFERRALS = asked.referrals
    main(asked.contacts)
