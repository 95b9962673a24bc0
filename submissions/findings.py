"""Findings of one table: counted exactly, shown up to a bound, never holding an identifiable value.

A value of the sender's is kept only where pseudonymisation keeps the item as it is; everywhere else
its shape stands for it. Findings are columns, written as Parquet; none is a row of a database.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.quality_reports import Common, Example
from portal.specification import Method, Severity, Table

EXAMPLES = 1_000
NOTED = 100_000
DISTINCT_VALUES = 200
SHOWN_COMMON = 5
LONGEST_SHOWN = 40
IDENTIFYING = re.compile(
    r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|@",
    re.IGNORECASE,
)
SCHEMA = {
    "rule": pl.String,
    "item": pl.String,
    "severity": pl.String,
    "line": pl.UInt32,
    "record": pl.UInt32,
    "value": pl.String,
    "shape": pl.String,
    "root": pl.String,
}
Rows = npt.NDArray[np.integer]


def shape(text: str) -> str:
    """What a text looks like: digits as 9, letters as A or a, everything else as it is."""
    pattern = re.sub(r"[0-9]", "9", text[:LONGEST_SHOWN])
    pattern = re.sub(r"[^\W\d_]", lambda letter: "A" if letter[0].isupper() else "a", pattern)
    return re.sub(r"[^ -~]", "?", pattern) + ("…" if len(text) > LONGEST_SHOWN else "")


@dataclass
class Finding:
    """All findings of one rule on one item of a table."""

    rule: str
    item: str
    severity: Severity
    count: int = 0
    rejected: int = 0
    cascaded: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    records: list[npt.NDArray[np.uint32]] = field(default_factory=list)
    common: Counter[str] = field(default_factory=Counter)

    def note(self, records: Rows) -> None:
        """Note which records have it, as far as they can all be shown."""
        room = NOTED - sum(len(part) for part in self.records)
        if room > 0:
            self.records.append(records[:room].astype(np.uint32))

    @property
    def commonest(self) -> tuple[Common, ...]:
        """The most frequent bad values, where values may be shown at all."""
        return tuple(Common(*pair) for pair in self.common.most_common(SHOWN_COMMON))


class Findings:
    """The findings of one table, by rule and item."""

    def __init__(self, table: Table, limit: int = EXAMPLES) -> None:
        self.table = table
        self.limit = limit
        self.found: dict[tuple[str, str], Finding] = {}

    def of(self, rule: str, item: str, severity: Severity) -> Finding:
        """The findings of a rule on an item."""
        return self.found.setdefault((rule, item), Finding(rule, item, severity))

    def add(
        self,
        finding: Finding,
        rows: Rows,
        lines: Rows,
        records: Rows,
        texts: pl.Series | None = None,
    ) -> None:
        """Count findings, given the lines and records of all; keep the first to show."""
        finding.count += len(rows)
        finding.note(records)
        room = max(0, self.limit - len(finding.examples))
        kept = self.may_show(finding.item)
        shown: list[str | None] = [None] * len(rows[:room])
        if texts is not None:
            wanted = texts[pl.Series(rows if kept else rows[:room])]
            if kept:
                self._count_common(finding, wanted)
            shown = wanted.head(room).to_list()
        for line, record, text in zip(
            lines[:room].tolist(), records[:room].tolist(), shown, strict=True
        ):
            finding.examples.append(_example(line, record, text, kept=kept))

    def may_show(self, item: str) -> bool:
        """Whether the values of an item may be shown."""
        known = self.table.items.get(item)
        return known is not None and known.treatment.method is Method.KEEP and not known.sensitive

    def _count_common(self, finding: Finding, texts: pl.Series) -> None:
        """Count the commonest bad values; beyond some different ones, no new one is taken."""
        counts = texts.value_counts(sort=True, name="n").head(DISTINCT_VALUES)
        for text, count in counts.iter_rows():
            if text is None or not _may_show(text):
                continue
            if text in finding.common or len(finding.common) < DISTINCT_VALUES:
                finding.common[text] += count

    def write(self, folder: Path) -> Path | None:
        """Write the examples of a table as Parquet; nothing is written where there are none."""
        rows = [
            (*_heading(each), one.line, one.record, one.value, one.shape, None)
            for each in self.found.values()
            for one in each.examples
        ]
        if not rows:
            return None
        path = folder / f"{self.table.name}.parquet"
        pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(path, compression="zstd")
        return path


def _heading(finding: Finding) -> tuple[str, str, str]:
    """What all findings of one rule on one item share."""
    return finding.rule, finding.item, finding.severity.value


def _may_show(text: str) -> bool:
    """Whether a value of a kept item may be shown: short, and nothing that could name a person."""
    return len(text) <= LONGEST_SHOWN and text.isprintable() and not IDENTIFYING.search(text)


def _example(line: int, record: int, text: str | None, *, kept: bool) -> Example:
    """One finding to show."""
    if text is None:
        return Example(line, record)
    if kept and _may_show(text):
        return Example(line, record, value=text)
    return Example(line, record, shape=shape(text))


def counts_frame(tables: Sequence[Findings]) -> pl.DataFrame:
    """The exact counts of all findings, and of the records each rule rejected or lost."""
    rows = [
        (
            findings.table.name,
            each.rule,
            each.item,
            each.severity.value,
            each.count,
            each.rejected,
            each.cascaded.total(),
        )
        for findings in tables
        for each in findings.found.values()
        if each.count
    ]
    schema = {
        "table": pl.String,
        "rule": pl.String,
        "item": pl.String,
        "severity": pl.String,
        "findings": pl.Int64,
        "rejected": pl.Int64,
        "cascaded": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
