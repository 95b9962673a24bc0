"""Plant faults in a synthetic day, and say exactly what should be found."""

from dataclasses import dataclass

import polars as pl

from portal.specification.errors import SpecificationError
from portal.specification.synthesis.day import World


@dataclass(frozen=True)
class Planted:
    """A finding to be made: table, physical line, item, code; or a row lost with its parent."""

    table: str
    line: int
    item: str
    code: str
    cascade_of: str = ""

    def row(self) -> tuple[str, int, str, str, str]:
        """The finding as a row of `planted.csv`."""
        return (self.table, self.line, self.item, self.code, self.cascade_of)


def plant(world: World, share: float) -> tuple[dict[str, pl.DataFrame], list[Planted]]:
    """The day with faults."""
    raise SpecificationError(f"synthesis.toml: errors: {share} of {world.today} cannot be planted")
