"""Find a person's records in a submission, and mark them and what hangs on them as not accepted.

No framework and no database here: it runs in a child process. The number is held against each
record in the form that is hashed, so blanks and hyphens do not hide a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.specification import ItemType, Reference, Table
from pseudonymisation.pseudonyms import canonical

Mask = npt.NDArray[np.bool_]
Frames = Iterable[tuple[Table, Iterable[pl.DataFrame]]]


@dataclass(frozen=True)
class Erased:
    """The masks without the person, and how many records that took away."""

    masks: Mapping[str, Mask]
    records: int
    found: bool


def without_person(tables: Frames, masks: Mapping[str, Mask], number: str) -> Erased:
    """Take a person out of the masks. Tables come parents first, whole, as frames of text."""
    gone: dict[str, list[pl.DataFrame]] = {}
    left: dict[str, Mask] = {}
    records, found = 0, False
    for table, frames in tables:
        theirs = [_theirs(frame, table, gone, number) for frame in frames]
        hers = np.concatenate([part for part, _ in theirs]) if theirs else np.zeros(0, np.bool_)
        gone[table.name] = [rows for _, rows in theirs]
        left[table.name] = masks[table.name] & ~hers
        records += int((masks[table.name] & hers).sum())
        found = found or bool(hers.any())
    return Erased({**masks, **left}, records, found)


def _theirs(
    frame: pl.DataFrame, table: Table, gone: Mapping[str, list[pl.DataFrame]], number: str
) -> tuple[Mask, pl.DataFrame]:
    """Which rows are the person's, by number or by a parent, and those rows' own columns."""
    hers = pl.repeat(value=False, n=frame.height, eager=True)
    for item in table.items_of(ItemType.NHS_NUMBER):
        same = frame.select(canonical(pl.col(item.name), item.type) == number).to_series()
        hers |= same.fill_null(value=False)
    for reference in table.parents:
        hers |= _refers(frame, reference, gone.get(reference.table, []))
    return hers.to_numpy(), frame.filter(hers)


def _refers(frame: pl.DataFrame, reference: Reference, parents: list[pl.DataFrame]) -> pl.Series:
    keys = [parent.select(reference.parent_items) for parent in parents if parent.height]
    if not keys:
        return pl.repeat(value=False, n=frame.height, eager=True)
    found = frame.with_row_index("at").join(
        pl.concat(keys).unique(),
        left_on=list(reference.items),
        right_on=list(reference.parent_items),
        how="semi",
    )
    return pl.int_range(frame.height, eager=True).is_in(found["at"].implode())
