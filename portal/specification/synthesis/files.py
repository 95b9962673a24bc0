"""From what is wanted to files: make the day, plant the faults, count the aggregates, write."""

import csv
from pathlib import Path

from portal.specification.synthesis.day import Wanted, synthesise, with_aggregates
from portal.specification.synthesis.planting import Planted, plant
from portal.specification.synthesis.writing import write_files, zip_files
from portal.specification.whole import DataSet


def synthesise_files(
    data_set: DataSet, wanted: Wanted, errors: float, folder: Path, *, zipped: bool = False
) -> dict[str, int]:
    """Write a day's files, and `planted.csv` if there are errors to find; return rows per table.

    `errors` is the share of patients that get one fault each. The aggregate tables count the
    records that should be accepted, so that they agree with them.
    """
    world = synthesise(data_set, wanted)
    planted: list[Planted] = []
    if errors:
        whole, planted = plant(world, errors)
    else:
        whole = with_aggregates(world, world.made)
    paths = write_files(data_set, whole, folder)
    if errors:
        _write_planted(planted, folder / "planted.csv")
    if zipped:
        name = f"{wanted.provider}-{wanted.day.isoformat()}.zip"
        zip_files(paths, folder / name)
    return {name: frame.height for name, frame in whole.items()}


def _write_planted(planted: list[Planted], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["table", "line", "item", "code", "cascade_of"])
        writer.writerows(sorted(one.row() for one in planted))
