"""How long it takes to write and to read the rows with errors of a million records."""

import tempfile
import time
from pathlib import Path

import numpy as np

from portal.specification import Severity, load_data_set
from portal.specification.__main__ import main
from submissions.broken_rows import BrokenRows, Wanted
from submissions.findings import Findings
from submissions.keeping_rows import keep_rows
from submissions.sources import from_path

RECORDS = 1_000_000
TABLE = "CYP201CareContact"
FINDINGS = {"AttendanceStatus": 300_000, "ConsMechanism": 150_000, "ServiceRequestID": 50_000}


def measure(folder: Path) -> None:
    """Print the processor time of writing, and of some pages."""
    data_set = load_data_set("community_pilot", "2.0")
    main(["synthesise", "--version", "2.0", "--patients", "500", "--into", str(folder)])
    head, *rows = (folder / f"{TABLE}.csv").read_text(encoding="utf-8").splitlines()
    large = folder / "large.csv"
    times = RECORDS // len(rows)
    large.write_text("\n".join([head, *(rows * times)]) + "\n", encoding="utf-8")
    findings = Findings(data_set.tables[TABLE])
    chance = np.random.default_rng(1)
    for number, (item, count) in enumerate(FINDINGS.items()):
        finding = findings.of(f"R{number}", item, Severity.WARNING)
        finding.count = count
        picked = np.sort(chance.choice(times * len(rows), count, replace=False))
        finding.records.append(picked.astype(np.uint32) + 1)
    start = time.process_time()
    path = keep_rows(from_path(large), findings, data_set.limits, folder / "large.rows")
    if path is None:
        raise AssertionError
    megabytes = path.stat().st_size / 2**20
    print(f"write {time.process_time() - start:.1f} s, {megabytes:.0f} MB")
    for wanted in (Wanted(), Wanted(rule="R0"), Wanted(item="ConsMechanism")):
        read(path, wanted)


def read(path: Path, wanted: Wanted) -> None:
    """Print the processor time of the last page of some rows."""
    start = time.process_time()
    with path.open("rb") as stream:
        kept = BrokenRows(stream)
        places = kept.matching(wanted)
        total = kept.total if places is None else len(places)
        kept.page(places, total - 25, 25)
    print(f"page {total // 25:,} of {wanted}: {1000 * (time.process_time() - start):.1f} ms")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        measure(Path(work))
