"""Write tables as the CSV files of a submission, or as one zip; the same bytes every time."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from portal.specification.whole import DataSet

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def write_files(data_set: DataSet, frames: Mapping[str, pl.DataFrame], folder: Path) -> list[Path]:
    """Write the file of each table that has rows into the folder, and say which they are."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, frame in frames.items():
        if not frame.height:
            continue
        path = folder / data_set.tables[name].file_name
        frame.write_csv(
            path,
            date_format="%Y-%m-%d",
            time_format="%H:%M:%S",
            datetime_format="%Y-%m-%dT%H:%M:%S",
        )
        paths.append(path)
    return paths


def zip_files(paths: list[Path], archive: Path) -> Path:
    """Put the files into one zip, without folders and with no time of day in it."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in paths:
            entry = zipfile.ZipInfo(path.name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with zipped.open(entry, "w", force_zip64=True) as there, path.open("rb") as here:
                while piece := here.read(1 << 20):
                    there.write(piece)
    return archive


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as the text its file holds."""
    columns = []
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.Datetime):
            columns.append(pl.col(name).dt.to_string("%Y-%m-%dT%H:%M:%S"))
        elif isinstance(kind, pl.Date):
            columns.append(pl.col(name).dt.to_string("%Y-%m-%d"))
        elif isinstance(kind, pl.Time):
            columns.append(pl.col(name).dt.to_string("%H:%M:%S"))
        else:
            columns.append(pl.col(name).cast(pl.String))
    return frame.select(columns)
