"""Remember of parent rows what derived columns of their children need: a birth date, a start."""

from collections.abc import Iterator, Mapping

import polars as pl

from portal.specification import DataSet, OfParent, Reference, Table


def ancestor_column(operand: OfParent) -> str:
    """The name an ancestor's item has beside a row's own items."""
    return f"{operand.table}.{operand.item}"


class Ancestors:
    """What has been remembered of the tables read so far; read parents before children."""

    def __init__(self, data_set: DataSet) -> None:
        self._routes = _routes(data_set)
        self._wanted = _wanted(self._routes)
        self._held: dict[tuple[str, tuple[str, ...]], list[pl.DataFrame]] = {}
        self._whole: dict[tuple[str, tuple[str, ...]], pl.DataFrame] = {}

    def beside(self, frame: pl.DataFrame, table: Table) -> pl.DataFrame:
        """The frame with a column for each item of an ancestor that its table, or a child, needs.

        A row whose ancestor was not read has null there.
        """
        for reference, columns in self._routes.get(table.name, {}).items():
            frame = self._joined(frame, reference, columns)
        return frame

    def remember(self, frame: pl.DataFrame, table: Table) -> None:
        """Keep of rows (with their own ancestors' columns beside) what their children need."""
        for keys, columns in self._wanted.get(table.name, {}).items():
            self._held.setdefault((table.name, keys), []).append(frame.select(*keys, *columns))

    def _joined(
        self, frame: pl.DataFrame, reference: Reference, columns: Mapping[str, str]
    ) -> pl.DataFrame:
        held = self._table(reference)
        if held is None:
            return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in columns)
        held = held.select(*reference.parent_items, **{n: pl.col(c) for n, c in columns.items()})
        return frame.join(
            held,
            left_on=list(reference.items),
            right_on=list(reference.parent_items),
            how="left",
            maintain_order="left",
        )

    def _table(self, reference: Reference) -> pl.DataFrame | None:
        place = (reference.table, reference.parent_items)
        if frames := self._held.pop(place, None):
            keys = list(reference.parent_items)
            self._whole[place] = pl.concat(frames).unique(keys, keep="last", maintain_order=True)
        return self._whole.get(place)


_Routes = dict[str, dict[Reference, dict[str, str]]]


def _routes(data_set: DataSet) -> _Routes:
    """For each table and reference: the columns to fetch, by the name they have at the parent."""
    routes: _Routes = {}
    for table in data_set.order:
        for operand in dict.fromkeys(_operands(table)):
            name, child = ancestor_column(operand), table.name
            for reference in data_set.path(table.name, operand.table):
                there = operand.item if reference.table == operand.table else name
                routes.setdefault(child, {}).setdefault(reference, {})[name] = there
                child = reference.table
    return routes


def _wanted(routes: _Routes) -> dict[str, dict[tuple[str, ...], set[str]]]:
    """For each parent table and key: the columns its children fetch."""
    wanted: dict[str, dict[tuple[str, ...], set[str]]] = {}
    for by_reference in routes.values():
        for reference, columns in by_reference.items():
            place = wanted.setdefault(reference.table, {})
            place.setdefault(reference.parent_items, set()).update(columns.values())
    return wanted


def _operands(table: Table) -> Iterator[OfParent]:
    """Every item of an ancestor that the derived columns of a table ask for."""
    for derived in table.derived.values():
        for setting in derived.settings.values():
            inside = vars(setting).values() if hasattr(setting, "__dict__") else ()
            yield from (one for one in (setting, *inside) if isinstance(one, OfParent))
