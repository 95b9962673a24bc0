"""Put the portal's errors, which hold no value, beside the sender's own rows, at the sender's."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from portal.specification import DataSet, load_data_set
from submissions.checking import NAME, gather
from submissions.packages import by_table
from submissions.reading import frames


@dataclass(frozen=True)
class Explained:
    """An error with what stands in the sender's own file at its place."""

    file: str
    line: int | None
    field: str | None
    rule: str
    detail: str
    fix: str
    value: str | None


def explain(
    errors: Iterable[dict[str, Any]], paths: Sequence[Path], version: str
) -> Iterator[Explained]:
    """Yield each error with the value in the sender's file; none where the place is not there."""
    errors = list(errors)
    found = _values(errors, load_data_set(NAME, version), paths)
    for error in errors:
        place = (error["file"], error["line"], error["field"])
        yield Explained(
            error["file"],
            error["line"],
            error["field"],
            error["rule"],
            error["detail"],
            error["fix"],
            found.get(place),
        )


def _values(
    errors: list[dict[str, Any]], data_set: DataSet, paths: Sequence[Path]
) -> dict[tuple[str, int | None, str | None], str | None]:
    """What stands at the places the errors name, by file, line and item."""
    wanted: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for error in errors:
        if error["line"] and error["field"]:
            wanted[error["file"]].add((error["line"], error["field"]))
    sources, _ = by_table(gather(paths, data_set), data_set)
    found: dict[tuple[str, int | None, str | None], str | None] = {}
    for name, source in sources.items():
        table = data_set.tables[name]
        places = wanted.get(table.file_name, set())
        lines = [line for line, _ in places]
        for frame, at in frames(source, table, data_set.limits) if places else ():
            for row in np.flatnonzero(np.isin(at, lines)).tolist():
                line, values = int(at[row]), frame.row(row, named=True)
                for item in (item for where, item in places if where == line):
                    found[table.file_name, line, item] = values.get(item)
    return found
