"""How long a worker that is warm takes for small files: CPU milliseconds by folder, as JSON."""

import json
import statistics
import sys
import time
from pathlib import Path

from validation_contenders import context, data_set, sources

from submissions.validation import judge

TURNS = 20


def milliseconds(folder: Path, tables: set[str] | None) -> float:
    """The median of judging the files of a folder, or of some of its tables."""
    every = sources(folder)
    wanted = {name: each for name, each in every.items() if tables is None or name in tables}
    taken = []
    for _ in range(TURNS):
        begun = time.process_time()
        judge(wanted, data_set(), context())
        taken.append(1000 * (time.process_time() - begun))
    return round(statistics.median(taken), 1)


if __name__ == "__main__":
    told = {}
    alone = {data_set().header.name, "CYP201CareContact"}
    for place in map(Path, sys.argv[1:]):
        told[f"warm_ms_{place.name}_contacts_alone"] = milliseconds(place, alone)
        told[f"warm_ms_{place.name}_with_five_parents"] = milliseconds(place, None)
    print(json.dumps(told))
