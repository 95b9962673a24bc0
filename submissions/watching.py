"""Tell, while a submission is judged, how far the work has come: rows by table, counts by rule.

The process that judges writes a small file, the worker reads it. It holds names and counts alone.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.specification import Severity

if TYPE_CHECKING:  # the worker reads progress without loading what judges
    from submissions.findings import Findings

PAUSE_SECONDS = 1.0
SHOWN_RULES = 6
# Called after each chunk with a table's findings and records so far; with none when all are read.
Watch = Callable[["Findings | None", int], None]


def look_away(findings: "Findings | None", records: int) -> None:
    """Watch nothing."""


def write_progress(path: Path) -> Watch:
    """Return a watch that writes what it sees into a file, at most once a second and at the end."""
    seen: dict[str, tuple[int, Findings]] = {}
    written = 0.0

    def watch(findings: "Findings | None", records: int) -> None:
        nonlocal written
        if findings is not None:
            seen[findings.table.name] = (records, findings)
            if time.monotonic() - written < PAUSE_SECONDS:
                return
        written = time.monotonic()
        said = _said(seen) | ({} if findings else {"rows_read_at": datetime.now(UTC).isoformat()})
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(said))
        beside.replace(path)

    return watch


def read_progress(path: Path) -> dict[str, Any]:
    """Return what was written last; nothing if nothing was."""
    try:
        said: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return said


def _said(seen: dict[str, tuple[int, "Findings"]]) -> dict[str, Any]:
    """Return rows and findings so far, the commonest rules first."""
    found = [
        (findings.table.name, each.rule, each.item, str(each.severity), each.count)
        for _, findings in seen.values()
        for each in findings.found.values()
        if each.count
    ]
    found.sort(key=lambda row: -row[-1])
    warnings = sum(row[-1] for row in found if row[3] == Severity.WARNING)
    return {
        "rows": {table: records for table, (records, _) in seen.items()},
        "errors": sum(row[-1] for row in found) - warnings,
        "warnings": warnings,
        "broken": len(found),
        "rules": found[:SHOWN_RULES],
    }
