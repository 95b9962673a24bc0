"""Disclosure control: the one function through which every figure across providers passes.

Counts of 1 to 7 are suppressed and others rounded to the nearest 5; where a total would give a
suppressed cell away, the next smallest cells are suppressed too, and the total itself where there
is no other cell to hide. What is shown is rounded, totals too, each on its own; percentages are
made from rounded counts.

What was shown before is remembered by whoever saw it. So a hidden figure stays hidden, and a cell
that may be as it was when it was shown hides nothing: where nothing else can, the total goes. A
total that moves over hidden cells would tell how they moved, and goes too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SMALLEST, ROUND = 8, 5
TOTAL = "total"
FEWEST_HIDDEN = 2
LEAST_WEIGHT = 2 * SMALLEST


Cell = tuple[str, str]


@dataclass(frozen=True)
class Cube:
    """Counts by row and column, such as provider and band, before disclosure control."""

    cells: Mapping[Cell, int]

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows of the cube."""
        return tuple(sorted({row for row, _ in self.cells}))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the cube."""
        return tuple(sorted({column for _, column in self.cells}))

    def count(self, row: str, column: str) -> int:
        """Return a cell's count, or a total's; a cell that is not there is nought."""
        if TOTAL not in (row, column):
            return self.cells.get((row, column), 0)
        return sum(
            count
            for (one, other), count in self.cells.items()
            if row in (TOTAL, one) and column in (TOTAL, other)
        )


@dataclass(frozen=True)
class Seen:
    """The counts, the cells that were hidden before, and those shown as they still would be."""

    counts: Mapping[Cell, int]
    kept: frozenset[Cell]
    known: frozenset[Cell]

    def hides(self, cells: Sequence[Cell]) -> bool:
        """Whether cells hidden together leave none of them a narrow range."""
        weight = sum(self.counts[cell] for cell in cells)
        return not cells or (len(cells) >= FEWEST_HIDDEN and weight >= LEAST_WEIGHT)


def control(cube: Cube, before: Mapping[Cell, int | None] | None = None) -> dict[Cell, int | None]:
    """Return what may be shown of a cube: every cell and every total, None where suppressed.

    The totals of rows and columns and the grand total stand under the name `total`. `before` is
    what was shown of the same cube the last time.
    """
    earlier = before or {}
    counts = {
        (row, column): cube.count(row, column)
        for row in (*cube.rows, TOTAL)
        for column in (*cube.columns, TOTAL)
    }
    kept = {cell for cell, figure in earlier.items() if figure is None and cell in counts}
    known = {cell for cell in counts if earlier.get(cell) == rounded(counts[cell])}
    small = {cell for cell, count in counts.items() if 0 < count < SMALLEST}
    lines = _lines(cube)
    telling = {
        total
        for cells, total in lines
        if earlier.get(total) is not None
        and kept.intersection(cells)
        and (total not in known or small - kept)
    }
    hidden = kept | small | telling
    seen = Seen(counts, frozenset(kept), frozenset(known))
    while more := {cell for line in lines if (cell := _complement(line, seen, hidden))}:
        hidden |= more
    return {cell: None if cell in hidden else rounded(count) for cell, count in counts.items()}


def rounded(count: int) -> int:
    """Return a count to the nearest 5; halves do not occur."""
    return ROUND * ((count + ROUND // 2) // ROUND)


def single(count: int) -> int | None:
    """Return what may be shown of one count that stands alone."""
    return None if 0 < count < SMALLEST else rounded(count)


def percentage(part: int | None, whole: int | None) -> int | None:
    """Return a percentage from counts that may be shown; None where either may not."""
    if part is None or not whole:
        return None
    return min(100, round(100 * part / whole))


def average(values: Sequence[float]) -> float | None:
    """Return a mean to one decimal, if there are enough values to show one."""
    return round(sum(values) / len(values), 1) if len(values) >= SMALLEST else None


def _lines(cube: Cube) -> list[tuple[list[Cell], Cell]]:
    """Return every row and column, those of totals too, as its cells and the total of them."""
    rows = [
        ([(row, column) for column in cube.columns], (row, TOTAL)) for row in (*cube.rows, TOTAL)
    ]
    columns = [
        ([(row, column) for row in cube.rows], (TOTAL, column)) for column in (*cube.columns, TOTAL)
    ]
    return rows + columns


def _complement(line: tuple[list[Cell], Cell], seen: Seen, hidden: set[Cell]) -> Cell | None:
    """Return a cell to hide in a line that would give its hidden cells away; None if it is safe.

    A line is safe when its total is hidden with one of its cells, or when it hides two cells or
    more, and enough in them that the rounded total leaves none of them a narrow range. The sum of
    those hidden before may be known by now: the others must be enough without them.
    """
    cells, total = line
    inside = [cell for cell in cells if cell in hidden]
    fresh = [cell for cell in inside if cell not in seen.kept]
    safe = bool(inside) if total in hidden else seen.hides(inside) and seen.hides(fresh)
    if safe:
        return None
    rest = [
        cell
        for cell in cells
        if cell not in hidden and cell not in seen.known and seen.counts[cell]
    ]
    if rest:
        return min(rest, key=lambda cell: (seen.counts[cell], cell))
    return total if total not in hidden and (inside or seen.counts[total]) else None
