"""From what is wanted to files: make the day, plant the faults, count the aggregates, write."""

import csv
from pathlib import Path

from portal.specification.synthesis.day import Wanted, synthesise, with_aggregates
from portal.specification.synthesis.planting import Planted, plant
from portal.specification.synthesis.spoiling import spoil
from portal.specification.synthesis.writing import write_files, zip_files
from portal.specification.whole import DataSet


def synthesise_files(  # noqa: PLR0913 each is a choice of its own
    data_set: DataSet,
    wanted: Wanted,
    errors: float,
    folder: Path,
    *,
    zipped: bool = False,
    only: str = "",
) -> dict[str, int]:
    """Write a day's files, and `planted.csv` if there are errors to find; return rows per table.

    `errors` is the share of patients that get one fault each, `only` the code of a single one. The
    aggregate tables count the records that should be accepted, so that they agree with them.
    """
    world = synthesise(data_set, wanted)
    planted: list[Planted] = []
    if errors or only:
        whole, planted = plant(world, errors, only)
    else:
        whole = with_aggregates(world, world.made)
    paths = write_files(data_set, whole, folder)
    if errors or only:
        _write_planted(planted, folder / "planted.csv")
    if zipped:
        name = f"{wanted.provider}-{wanted.day.isoformat()}.zip"
        zip_files(paths, folder / name)
    return {name: frame.height for name, frame in whole.items()}


def spoil_files(data_set: DataSet, wanted: Wanted, code: str, folder: Path) -> dict[str, int]:
    """Write a day's files with one fault of the submission as a whole; return rows per table.

    `planted.csv` says all that follows from it. Raises SpecificationError for a rule that no files
    can break.
    """
    spoilt = spoil(synthesise(data_set, wanted), code)
    write_files(data_set, spoilt.frames, folder)
    for name, rewrite in spoilt.rewrites.items():
        path = folder / data_set.tables[name].file_name
        path.write_bytes(rewrite(path.read_bytes()))
    _write_planted(spoilt.planted, folder / "planted.csv")
    return {name: frame.height for name, frame in spoilt.frames.items()}


def _write_planted(planted: list[Planted], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["table", "line", "item", "code", "cascade_of"])
        writer.writerows(sorted(one.row() for one in planted))
