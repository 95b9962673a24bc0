"""A table as text while faults are planted in it: what is changed, left out and added."""

from dataclasses import dataclass, field

import polars as pl

from portal.specification.synthesis.expecting import Row


@dataclass
class Sheet:
    """A table as text, with what is changed, left out and added, by place."""

    frame: pl.DataFrame
    changed: dict[int, Row] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    added: list[Row] = field(default_factory=list)

    def rows(self, first: int, last: int) -> dict[int, Row]:
        """Copies of the rows at some places."""
        rows = self.frame.slice(first, last - first).to_dicts()
        return {first + place: row for place, row in enumerate(rows)}

    def kept(self) -> list[int]:
        """The places of the rows that are written, in the order of the file."""
        whole = self.frame.height + len(self.added)
        return [place for place in range(whole) if place not in self.dropped]

    def lines(self) -> dict[int, int]:
        """The physical line of each place that is written; the heading is line 1."""
        return {place: line for line, place in enumerate(self.kept(), start=2)}

    def whole(self) -> pl.DataFrame:
        """The table as it is written."""
        frame = pl.concat([self.frame, pl.DataFrame(self.added, schema=self.frame.schema)])
        if self.changed:
            places = list(self.changed)
            rows = pl.DataFrame(list(self.changed.values()), schema=self.frame.schema)
            frame = frame.with_columns(
                frame[name].scatter(places, rows[name]) for name in frame.columns
            )
        return frame[self.kept()]
