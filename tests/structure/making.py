"""Small files and a small table for the tests of structure."""

import csv
import io
from dataclasses import replace

from portal.specification import Mandation, load_data_set
from submissions.reading import frames
from submissions.sources import from_bytes

DATA_SET = load_data_set("community_pilot", "2.0")
LIMITS = replace(DATA_SET.limits, line_bytes=300, cell_bytes=200)


def table_of(*columns):
    """A table with these columns, all optional text."""
    some = DATA_SET.tables["CYP201CareContact"]
    item = replace(next(iter(some.items.values())), mandation=Mandation.OPTIONAL)
    return replace(some, items={name: replace(item, name=name) for name in columns})


def read(data, *columns, limits=LIMITS):
    """The records of a file with their physical lines."""
    source, table = from_bytes("table.csv", data), table_of(*columns)
    return [
        (line, record)
        for frame, lines in frames(source, table, limits)
        for line, record in zip(lines.tolist(), frame.rows(), strict=True)
    ]


def read_strictly(data):
    """The same by Python's strict csv reader: the line each record begins on, and its values."""
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    begun, found = 0, []
    for record in reader:
        found.append((begun + 1, tuple(value or None for value in record)))
        begun = reader.line_num
    return found[1:]
