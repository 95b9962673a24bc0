"""The checks every item has without a rule being written: blank, format, value set, retired.

Codes are `<table number>-<item>-<letter>`. B: a mandatory item is blank. F: the format or length is
wrong. V: the code is not in the value set. X: the code is retired. Default values and missing ones
are only counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.specification import DataItem, DataSet, Mandation, Severity, Table
from portal.specification.formats import form_in_words
from submissions.values import (
    has_type,
    is_coded,
    is_right_length,
    pattern_of,
    typed_name,
)

Rows = npt.NDArray[np.integer]
PREFIX_MARK = "*"
NAMED_CODES = 8
UNREADABLE = frozenset({"F", "V"})
LETTERS = {
    "B": (Severity.REJECT_RECORD, "The item is mandatory and blank.", "Fill it in."),
    "F": (
        Severity.REJECT_RECORD,
        "The value is not {form}.",
        "Write it in this form. Spaces and other characters around it count as well.",
    ),
    "V": (
        Severity.WARNING,
        "The code is not in the value set {value_set}.",
        "Use one of its codes: {codes}.",
    ),
    "X": (
        Severity.WARNING,
        "The code is retired and should no longer be used.",
        "Use the code that has replaced it.",
    ),
}


def automatic_code(table: Table, item: str, letter: str) -> str:
    """The code of an automatic rule."""
    return f"{table.number}-{item}-{letter}"


def automatic_words(item: DataItem, letter: str, data_set: DataSet) -> tuple[str, str]:
    """What is wrong with an item and what to do, as an automatic rule says it."""
    _, message, fix = LETTERS[letter]
    values = data_set.value_sets.get(item.value_set or "")
    current = [code.code for code in values.codes.values() if not code.retired] if values else []
    more = f" and {len(current) - NAMED_CODES} more" if len(current) > NAMED_CODES else ""
    facts = {
        "form": form_in_words(item),
        "value_set": f"“{values.title}”" if values else "",
        "codes": ", ".join(current[:NAMED_CODES]) + more,
    }
    return message.format(**facts), fix.format(**facts)


@dataclass
class ItemCount:
    """How many values of an item are missing, invalid, default, other or valid."""

    records: int = 0
    missing: int = 0
    blank: int = 0
    invalid: int = 0
    default: int = 0
    other: int = 0

    @property
    def valid(self) -> int:
        """What is left."""
        return self.records - self.blank - self.invalid - self.default - self.other


@dataclass
class Looked:
    """What the automatic checks found: (item, letter, rows); and which rows cannot be read."""

    found: list[tuple[str, str, Rows]] = field(default_factory=list)
    unreadable: dict[str, Rows] = field(default_factory=dict)

    def note(self, item: DataItem, letter: str, rows: Rows) -> None:
        """Note the rows of a finding."""
        if len(rows):
            self.found.append((item.name, letter, rows))
            if letter in UNREADABLE:
                before = self.unreadable.get(item.name)
                rows = rows if before is None else np.concatenate([before, rows])
                self.unreadable[item.name] = rows


@dataclass(frozen=True)
class Checklist:
    """The items of a table with all that must be known to check each."""

    table: Table
    data_set: DataSet
    day: date | None


def look(
    frame: pl.DataFrame, checklist: Checklist, counts: dict[str, ItemCount], missing: frozenset[str]
) -> Looked:
    """Check every item of a chunk that was sent, and count its values."""
    looked = Looked()
    checks = _text_checks(frame, checklist, missing)
    for item in checklist.table.items.values():
        count = counts.setdefault(item.name, ItemCount())
        blanks = frame[item.name].null_count()
        count.records += frame.height
        count.blank += blanks
        if item.mandation in (Mandation.MANDATORY, Mandation.REQUIRED):
            count.missing += blanks
        if item.mandation is Mandation.MANDATORY and blanks:
            looked.note(item, "B", frame[item.name].is_null().arg_true().to_numpy())
        if blanks == frame.height:
            continue
        if has_type(item, checklist.data_set):
            _look_typed(frame, item, checklist, count, looked)
        else:
            _look_text(checks, item, count, looked)
    return looked


def _look_typed(
    frame: pl.DataFrame,
    item: DataItem,
    checklist: Checklist,
    count: ItemCount,
    looked: Looked,
) -> None:
    """Whatever is filled and could not be read as the item's type is wrong."""
    text, read = frame[item.name], frame[typed_name(item.name)]
    bad = read.null_count() - text.null_count()
    if bad:
        rows = (text.is_not_null() & read.is_null()).arg_true().to_numpy()
        count.invalid += bad
        _note_unread(frame, item, rows, checklist, looked)
    if is_coded(item, checklist.data_set):
        _count_codes(read, item, checklist, count, looked)
    elif item.default_values:
        count.default += int(text.is_in(item.default_values).sum())


def _note_unread(
    frame: pl.DataFrame, item: DataItem, rows: Rows, checklist: Checklist, looked: Looked
) -> None:
    """A code of the right length that is not in its value set is unknown; all else is misformed."""
    if not is_coded(item, checklist.data_set):
        looked.note(item, "F", rows)
        return
    texts = frame[item.name].gather(rows).to_frame()
    right = texts.select(is_right_length(item)).to_series().to_numpy()
    looked.note(item, "V", rows[right])
    looked.note(item, "F", rows[~right])


def _count_codes(
    read: pl.Series,
    item: DataItem,
    checklist: Checklist,
    count: ItemCount,
    looked: Looked,
) -> None:
    """Count how often each code occurs: from that comes everything else."""
    codes = tuple(checklist.data_set.value_sets[item.value_set or ""].codes.values())
    filled = read.drop_nulls() if read.null_count() else read
    occurs = np.bincount(filled.to_numpy(), minlength=len(codes))
    retired = np.array([_is_retired(code.retired, checklist.day) for code in codes])
    kinds = np.array([_kind(code.code, code.quality, item) for code in codes])
    count.default += int(occurs[(kinds == "default") & ~retired].sum())
    count.other += int(occurs[(kinds == "other") & ~retired].sum())
    if retired.any() and (gone := int(occurs[retired].sum())):
        count.invalid += gone
        places = pl.Series(np.flatnonzero(retired), dtype=read.dtype)
        looked.note(item, "X", read.is_in(places.implode()).arg_true().to_numpy())


def _kind(code: str, quality: str, item: DataItem) -> str:
    """Whether a code is valid, other or default."""
    return "default" if code in item.default_values else quality


def _is_retired(retired: date | None, day: date | None) -> bool:
    """Whether a code is retired on a day; on no known day, only what was always retired."""
    return retired is not None and retired <= (day or date.min)


def _text_checks(
    frame: pl.DataFrame, checklist: Checklist, missing: frozenset[str]
) -> dict[str, pl.Series]:
    """For each item that stays text: right format, known code, default. All in one go."""
    asked: list[pl.Expr] = []
    for item in checklist.table.items.values():
        if item.name not in missing and not has_type(item, checklist.data_set):
            asked.extend(_asked(item, checklist.data_set))
    return {column.name: column for column in frame.lazy().select(asked).collect().iter_columns()}


def _asked(item: DataItem, data_set: DataSet) -> Iterator[pl.Expr]:
    """The questions asked of one item of text."""
    text = pl.col(item.name)
    pattern = pattern_of(item)
    right = is_right_length(item) if pattern is None else text.str.contains(pattern)
    yield right.alias(f"F:{item.name}")
    if item.value_set is not None:
        codes = pl.Series(list(data_set.value_sets[item.value_set].codes), dtype=pl.String)
        known = text.is_in(codes.implode()) | text.str.slice(0, 1).is_in(codes.implode())
        yield known.alias(f"V:{item.name}")
    if item.default_values:
        yield _is_default(item).alias(f"D:{item.name}")


def _is_default(item: DataItem) -> pl.Expr:
    """Whether a text is one of the item's default values; a star stands for any ending."""
    text = pl.col(item.name)
    starts = [value for value in item.default_values if value.endswith(PREFIX_MARK)]
    whole = [value for value in item.default_values if not value.endswith(PREFIX_MARK)]
    return pl.any_horizontal(
        text.is_in(whole),
        *(text.str.starts_with(value.removesuffix(PREFIX_MARK)) for value in starts),
    )


def _look_text(
    checks: dict[str, pl.Series], item: DataItem, count: ItemCount, looked: Looked
) -> None:
    """Take up what was asked of an item of text."""
    right = checks[f"F:{item.name}"]
    if not right.all():
        rows = (~right).arg_true().to_numpy()
        count.invalid += len(rows)
        looked.note(item, "F", rows)
    known = checks.get(f"V:{item.name}")
    if known is not None and not (known | ~right).all():
        rows = (right & ~known).arg_true().to_numpy()
        count.invalid += len(rows)
        looked.note(item, "V", rows)
    default = checks.get(f"D:{item.name}")
    if default is not None:
        count.default += int((default & right).sum())
