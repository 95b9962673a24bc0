"""Findings of one table: counted exactly, shown up to a bound, never holding an identifiable value.

A value of the sender's is kept only where pseudonymisation keeps the item as it is; everywhere else
its shape stands for it. Findings are columns, written as Parquet; none is a row of a database.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

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
Rows = npt.NDArray[np.integer]


def shape(text: str) -> str:
    """What a text looks like: digits as 9, letters as A or a, everything else as it is."""
    pattern = re.sub(r"[0-9]", "9", text[:LONGEST_SHOWN])
    pattern = re.sub(r"[^\W\d_]", lambda letter: "A" if letter[0].isupper() else "a", pattern)
    return re.sub(r"[^ -~]", "?", pattern) + ("…" if len(text) > LONGEST_SHOWN else "")


def shape_of(text: pl.Expr) -> pl.Expr:
    """What a text looks like, as `shape` says it."""
    short = (
        text.str.slice(0, LONGEST_SHOWN)
        .str.replace_all("[0-9]", "9")
        .str.replace_all(r"\p{Lu}", "A")
        .str.replace_all(r"[\p{L}--A]", "a")
        .str.replace_all("[^ -~]", "?")
    )
    return pl.when(text.str.len_chars() > LONGEST_SHOWN).then(short + "…").otherwise(short)


def is_hidden(text: pl.Expr) -> pl.Expr:
    """Whether a value of a kept item is not fit to be shown: long, odd, or it may name a person."""
    return (
        (text.str.len_chars() > LONGEST_SHOWN)
        | text.str.contains(f"(?i){IDENTIFYING.pattern}")
        | text.str.contains(r"[\p{C}\p{Zl}\p{Zp}]|[\p{Zs}--\x20]")
    )


class Shown(NamedTuple):
    """Findings to show: the line and number of each record, and its value where there is one.

    The values are a list, since a piece of a column would keep all that was read with it in memory.
    """

    lines: Rows
    records: Rows
    texts: list[str | None]


@dataclass
class Finding:
    """All findings of one rule on one item of a table; `kept` says if its values may be shown."""

    rule: str
    item: str
    severity: Severity
    kept: bool = False
    count: int = 0
    rejected: int = 0
    cascaded: Counter[str] = field(default_factory=Counter)
    shown: list[Shown] = field(default_factory=list)
    records: list[npt.NDArray[np.uint32]] = field(default_factory=list)
    common: Counter[str] = field(default_factory=Counter)

    def note(self, records: Rows) -> None:
        """Note which records have it, as far as they can all be shown."""
        room = NOTED - sum(len(part) for part in self.records)
        if room > 0:
            self.records.append(records[:room].astype(np.uint32))

    @property
    def shows(self) -> int:
        """How many are kept to be shown."""
        return sum(len(part.lines) for part in self.shown)

    def examples(self, count: int) -> tuple[Example, ...]:
        """The first findings, as a report shows them."""
        found: list[Example] = []
        for lines, records, texts in self.shown:
            some = count - len(found)
            found.extend(
                _example(line, record, text, kept=self.kept)
                for line, record, text in zip(
                    lines[:some].tolist(), records[:some].tolist(), texts[:some], strict=True
                )
            )
        return tuple(found)

    def frame(self) -> pl.DataFrame:
        """All that is shown, with the values as they were sent: not to be written like this."""
        parts = [
            pl.DataFrame(
                {
                    "line": part.lines.astype(np.uint32),
                    "record": part.records.astype(np.uint32),
                    "text": pl.Series(part.texts, dtype=pl.String),
                }
            )
            for part in self.shown
        ]
        return pl.concat(parts).with_columns(
            rule=pl.lit(self.rule),
            item=pl.lit(self.item),
            severity=pl.lit(self.severity.value),
            kept=pl.lit(self.kept),
        )

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
        known = self.found.get((rule, item))
        if known is None:
            known = Finding(rule, item, severity, self.may_show(item))
            self.found[rule, item] = known
        return known

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
        some = min(max(0, self.limit - finding.shows), len(rows))
        wanted = None
        if texts is not None and (some or finding.kept):
            wanted = texts[pl.Series(rows if finding.kept else rows[:some])]
            if finding.kept:
                self._count_common(finding, wanted)
        if some:
            shown = [None] * some if wanted is None else wanted.head(some).to_list()
            finding.shown.append(Shown(lines[:some].copy(), records[:some].copy(), shown))

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
        found = [each.frame() for each in self.found.values() if each.shown]
        if not found:
            return None
        path = folder / f"{self.table.name}.parquet"
        text = pl.col("text")
        fit = pl.col("kept") & ~is_hidden(text)
        pl.concat(found).select(
            "rule",
            "item",
            "severity",
            "line",
            "record",
            value=pl.when(fit).then(text),
            shape=pl.when(text.is_not_null() & ~fit).then(shape_of(text)),
            root=pl.lit(None, pl.String),
        ).write_parquet(path, compression="zstd")
        return path


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
