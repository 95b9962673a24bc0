"""Remember of parent rows what their children need: a birth date, a start, the pseudonym made."""

from collections.abc import Iterator, Mapping

import polars as pl

from portal.specification import DataItem, DataSet, Method, OfParent, Reference, Table


def ancestor_column(operand: OfParent) -> str:
    """The name an ancestor's item has beside a row's own items."""
    return f"{operand.table}.{operand.item}"


def made_before(table: Table, data_set: DataSet) -> Mapping[str, str]:
    """For outputs of a table that its parent has made already: the column they are beside in."""
    found = {}
    for reference, output in _shared(table, data_set):
        found[output] = f"{reference.table}.{output}"
    return found


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

    def remember(self, frame: pl.DataFrame, treated: pl.DataFrame, table: Table) -> None:
        """Keep of rows (with their own ancestors' columns beside) what their children need."""
        for keys, columns in self._wanted.get(table.name, {}).items():
            own = frame.select(*keys, *(name for name in columns if name in frame.columns))
            made = treated.select(name for name in columns if name not in frame.columns)
            self._held.setdefault((table.name, keys), []).append(own.hstack(made))

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
        for reference, output in _shared(table, data_set):
            fetched = routes.setdefault(table.name, {}).setdefault(reference, {})
            fetched[f"{reference.table}.{output}"] = output
    return routes


def _shared(table: Table, data_set: DataSet) -> Iterator[tuple[Reference, str]]:
    """The references of one item that is hashed alike in the table and in its parent."""
    for reference in table.parents:
        if len(reference.items) == 1:
            own = table.items[reference.items[0]]
            parents = data_set.tables[reference.table].items[reference.parent_items[0]]
            if _is_hashed_alike(own, parents):
                yield reference, str(own.treatment.output)


def _is_hashed_alike(one: DataItem, other: DataItem) -> bool:
    first, second = one.treatment, other.treatment
    is_plain = first.use_when is None and not first.from_items
    return first.method is Method.HMAC and is_plain and one.type is other.type and first == second


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
