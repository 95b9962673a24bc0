"""The rows of a table in the making: whose they are, what they belong to, what is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from portal.specification.model import DataItem, Table
from portal.specification.synthesis.draws import Keys, Numbers
from portal.specification.synthesis.life import Episodes
from portal.specification.whole import DataSet

Mask = npt.NDArray[np.bool_]


@dataclass
class Making:
    """A table in the making. Columns are made when first asked for, and kept."""

    data_set: DataSet
    table: Table
    provider: str
    today: int
    episodes: Episodes
    episode: Numbers
    key: Keys
    nth: Numbers
    row_of: Mapping[str, Numbers]
    made: Mapping[str, pl.DataFrame]
    recipes: Mapping[str, Mapping[str, Any]]
    make: Callable[["Making", DataItem, Mapping[str, Any]], pl.Series]
    count: pl.DataFrame | None = None
    columns: dict[str, pl.Series] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.key)

    def column(self, name: str) -> pl.Series:
        """The column of an item of this table."""
        if name not in self.columns:
            item = self.table.item(name)
            recipe = self.recipes.get(name) or self._from_reference(name)
            self.columns[name] = self.make(self, item, recipe).alias(name)
        return self.columns[name]

    def frame(self) -> pl.DataFrame:
        """All columns, in the order of the specification."""
        return pl.DataFrame([self.column(name) for name in self.table.items])

    def _from_reference(self, name: str) -> Mapping[str, Any]:
        for reference in self.table.parents:
            if name in reference.items and reference.table in self.row_of:
                parent = reference.parent_items[reference.items.index(name)]
                return {"copy": f"{reference.table}.{parent}"}
        return {}

    def salt(self, item: DataItem) -> str:
        """The words that keep the draws of this item apart from others."""
        return str(self.recipes.get(item.name, {}).get("salt", f"{self.table.name}.{item.name}"))

    def label(self, name: str) -> npt.NDArray[Any]:
        """A label of the episode, or the text of an item, for each row."""
        if name in self.episodes.labels:
            return self.episodes.labels[name][self.episode]
        if name == "nth":
            return self.nth.astype(str)
        return self.column(name).cast(pl.String).fill_null("").to_numpy()

    def date(self, name: str) -> Numbers:
        """A date of the episode, or of an item, for each row, in days since 1970."""
        if name in self.episodes.dates:
            return self.episodes.dates[name][self.episode]
        days = self.column(name).to_physical().cast(pl.Int64)
        return days.fill_null(self.today).to_numpy()

    @property
    def serial(self) -> Numbers:
        """The number of the person of each row."""
        return self.episodes.serial[self.episode]

    def meets(self, condition: Mapping[str, Any]) -> Mask:
        """Whether each row meets a condition of a recipe."""
        if "item" in condition and condition.get("is") == "filled":
            return self.column(condition["item"]).is_not_null().to_numpy()
        held = self.label(condition.get("item") or condition["label"])
        if "in" in condition:
            return np.isin(held, condition["in"])
        return ~np.isin(held, condition["not_in"])

    def valid_codes(self, item: DataItem) -> dict[str, float]:
        """The valid codes of an item's value set that are not retired, all as likely."""
        codes = self.data_set.value_sets[str(item.value_set)].codes.values()
        return {one.code: 1.0 for one in codes if one.quality == "valid" and one.retired is None}

    def relative(self, table: str, name: str, via: str) -> pl.Series:
        """The value an ancestor holds, or the first row of another table with the same item."""
        frame = self.made[table]
        if table in self.row_of:
            return frame[name].gather(pl.Series(self.row_of[table], dtype=pl.UInt32))
        first = frame.select(via, name).unique(via, keep="first")
        own = pl.DataFrame({via: self.column(via)})
        return own.join(first, on=via, how="left", maintain_order="left")[name]

    def counted(self, name: str) -> pl.Series:
        """A column of the measure whose result these rows are."""
        if self.count is None:
            raise ValueError(f"{self.table.name} is not made from a measure")
        return self.count[name]
