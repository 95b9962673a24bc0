"""The measures of the specification as SQL: which rows count, on which day, split how.

Every kind gives a SELECT of events with the columns day, line, who and one for each split; the
counting itself is in viewer/counting.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from portal.specification import Clock, DataSet, DischargeCodes, Link, Measure, OfRow
from viewer.relations import Joined, NotCounted, Statement, matches, shared_columns

WAITING = "waiting_list"
BY_CENSUS = frozenset({WAITING, "open_on_day"})
FROM_REPORTS = frozenset({"timeliness", "quality"})
MET, MISSED = "met", "missed"


@dataclass(frozen=True)
class Events:
    """A SELECT of events, the names of its splits in order, and whether `who` repeats."""

    select: str
    splits: tuple[str, ...] = ()
    distinct: bool = False
    total: bool = True


@dataclass(frozen=True)
class LineOfService:
    """Where the service line of a referral is held."""

    table: str
    item: str
    via: tuple[str, ...]
    ages: Mapping[str, str] = field(default_factory=dict)


def events_of(measure: Measure, statement: Statement, day: date) -> Events:
    """Return the events of a measure; `day` is the census day of a measure that has one.

    Raises NotCounted when the specification does not send what the measure needs.
    """
    return _KINDS[measure.kind](measure, statement, day)


def line_of_service(data_set: DataSet) -> LineOfService | None:
    """Return where service lines are held: the first split of the waiting list."""
    for measure in data_set.measures.values():
        if measure.kind == WAITING and measure.table:
            item = next(iter(measure.settings["splits"].values()))
            table = data_set.tables[measure.table]
            names = {column.name: column.value_set for column in table.sent_columns}
            ages = data_set.value_sets[str(names[str(table.sent_name(item))])].attribute(
                "age_group"
            )
            return LineOfService(table.name, item, measure.settings["clock"].via, ages)
    return None


def line_column(statement: Statement, table: str) -> tuple[str, str]:
    """Return the SQL of a row's service line, and the join it needs."""
    held = line_of_service(statement.data_set)
    if held is None:
        return "''", ""
    if held.table == table:
        return f"coalesce({statement.column('r', table, held.item)}, '')", ""
    tables = statement.data_set.tables
    if not all(name in tables[table].items for name in held.via):
        return "''", ""
    pairs = shared_columns(tables[table], tables[held.table], held.via)
    keys = ", ".join(f's."{theirs}"' for _, theirs in pairs)
    line = statement.column("s", held.table, held.item)
    join = (
        f"LEFT JOIN (SELECT DISTINCT ON ({keys}) {keys}, {line} AS line "  # noqa: S608 - names of the specification
        f"FROM {statement.rows(held.table)} AS s ORDER BY {keys}, {line}) AS service ON "
        + " AND ".join(f'service."{theirs}" = r."{ours}"' for ours, theirs in pairs)
    )
    return "coalesce(service.line, '')", join


def _waiting_list(measure: Measure, statement: Statement, day: date) -> Events:
    """Referrals to a service whose clock has started and that are neither ended nor seen."""
    said, table = measure.settings, str(measure.table)
    rows = Joined(statement, table)
    census = statement.bind(day)
    started = f"coalesce(c.started, {rows.operand(said['received'])})"
    ended = [rows.operand(one) for one in (*said["ended"], said["died"])]
    open_still = " AND ".join(f"({one} IS NULL OR {one} > {census})" for one in ended)
    band = _band(statement, said["bands"], said["total"], f"({census} - {started})")
    line, _ = line_column(statement, table)
    splits, columns = _splits(measure, statement, {said["band"]: band})
    select = (
        f"SELECT {census}::date AS day, {line} AS line, r.id AS who{columns} "  # noqa: S608
        f"FROM {rows.clauses()} {_clock(statement, table, said['clock'])} "
        f"WHERE {started} <= {census} AND {open_still} "
        f"AND NOT {_stopped(statement, table, said['clock'], census)} "
        f"AND NOT {_linked(statement, table, said['seen'], f'>= {started}', f'<= {census}')}"
    )
    return Events(select, splits)


def _count_by_day(measure: Measure, statement: Statement, _: date) -> Events:
    """Rows counted on a date they hold."""
    said, table = measure.settings, str(measure.table)
    line, join = line_column(statement, table)
    splits, columns = _splits(measure, statement, {})
    who, distinct = _who(statement, table, said["distinct"])
    select = (
        f"SELECT {statement.column('r', table, said['date'])} AS day, {line} AS line, "  # noqa: S608
        f"{who} AS who{columns} FROM {statement.rows(table)} AS r {join} "
        f"WHERE {_where(measure, statement)}"
    )
    return Events(select, splits, distinct)


def _open_on_day(measure: Measure, statement: Statement, day: date) -> Events:
    """Rows that have begun by the end of the day and not ended by then."""
    said, table = measure.settings, str(measure.table)
    census = statement.bind(day)
    line, join = line_column(statement, table)
    ends = [statement.column("r", table, end) for end in said["ends"]]
    still = " AND ".join(f"({end} IS NULL OR {end} > {census})" for end in ends)
    splits, columns = _splits(measure, statement, {})
    who, distinct = _who(statement, table, said["distinct"])
    select = (
        f"SELECT {census}::date AS day, {line} AS line, {who} AS who{columns} "  # noqa: S608
        f"FROM {statement.rows(table)} AS r {join} "
        f"WHERE {statement.column('r', table, said['start'])} <= {census} AND {still} "
        f"AND {_where(measure, statement)}"
    )
    return Events(select, splits, distinct)


def _percent_within(measure: Measure, statement: Statement, _: date) -> Events:
    """Rows counted on a date they hold, told apart by whether they meet a condition."""
    said, table = measure.settings, str(measure.table)
    line, join = line_column(statement, table)
    met = statement.meets("r", table, [said["met"]])
    select = (
        f"SELECT {statement.column('r', table, said['date'])} AS day, {line} AS line, "  # noqa: S608
        f"r.id AS who, CASE WHEN {met} THEN '{MET}' ELSE '{MISSED}' END AS split_0 "
        f"FROM {statement.rows(table)} AS r {join} WHERE {_where(measure, statement)}"
    )
    return Events(select, (MET,))


def _discharge(measure: Measure, statement: Statement, _: date) -> Events:
    """Inpatients without criteria to reside and discharges, under the codes of the return."""
    said, table = measure.settings, str(measure.table)
    line, join = line_column(statement, table)
    rows = f"{statement.rows(table)} AS r {join}"
    discharged = statement.column("r", table, said["discharged"])
    adults = statement.meets("r", table, [said["adults"]])
    dead = statement.meets("r", table, [said["excluding"]])
    status: Link = said["status"]
    day = statement.column("d", status.table, str(status.date))
    match = matches(statement, ("r", table), ("d", status.table), status.via)
    select = (
        f"SELECT {day} AS day, {line} AS line, r.id AS who, code AS split_0 "  # noqa: S608
        f"FROM {rows} JOIN {statement.rows(status.table)} AS d ON {match} "
        f"{_codes(statement, _stays(measure, statement, day))} "
        f"WHERE code IS NOT NULL AND {adults} "
        f"AND {statement.meets('d', status.table, status.where)} UNION ALL "
        f"SELECT {discharged}, {line}, r.id, code FROM {rows} "
        f"{_codes(statement, _departures(measure, statement))} "
        f"WHERE code IS NOT NULL AND {discharged} IS NOT NULL AND {adults} "
        f"AND ({dead}) IS NOT TRUE"
    )
    return Events(select, (said["metric"],), total=False)


def _stays(measure: Measure, statement: Statement, day: str) -> dict[str, str]:
    """Return the codes of a day without criteria to reside, each with when it counts."""
    said, table = measure.settings, str(measure.table)
    codes: DischargeCodes = said["codes"]
    admitted, discharged = (
        statement.column("r", table, said[name]) for name in ("admitted", "discharged")
    )
    remains = f"({discharged} IS NULL OR {discharged} > {day})"
    longer = {
        code: f"{remains} AND {day} - {admitted} >= {int(days)}"
        for code, days in said["longer_stays"].items()
    }
    return {codes.no_longer: "TRUE", codes.remaining: remains, **longer}


def _departures(measure: Measure, statement: Statement) -> dict[str, str]:
    """Return the codes of a discharge, each with when it counts."""
    said, table = measure.settings, str(measure.table)
    codes: DischargeCodes = said["codes"]
    early, late = (statement.meets("r", table, [said[name]]) for name in ("early", "late"))
    return {codes.discharged: "TRUE", codes.early: early, codes.late: late}


def _codes(statement: Statement, cases: Mapping[str, str]) -> str:
    """Return the join of a row to every code under which it counts."""
    one_by_one = ", ".join(
        f"CASE WHEN {when} THEN {statement.bind(code)} END" for code, when in cases.items()
    )
    return f"CROSS JOIN LATERAL unnest(ARRAY[{one_by_one}]::text[]) AS codes(code)"


_KINDS: Mapping[str, Callable[[Measure, Statement, date], Events]] = {
    WAITING: _waiting_list,
    "count_by_day": _count_by_day,
    "open_on_day": _open_on_day,
    "percent_within": _percent_within,
    "discharge": _discharge,
}


def _where(measure: Measure, statement: Statement) -> str:
    """Return the conditions of a measure on its row and on a row linked to it."""
    said, table = measure.settings, str(measure.table)
    own = statement.meets("r", table, said["where"])
    return f"{own} AND {_linked(statement, table, said['linked'])}" if said["linked"] else own


def _splits(
    measure: Measure, statement: Statement, more: Mapping[str, str]
) -> tuple[tuple[str, ...], str]:
    """Return the names of a measure's splits, and their columns; what is not sent is left out."""
    columns = dict(more)
    for name, item in measure.settings.get("splits", {}).items():
        try:
            columns[name] = statement.column("r", str(measure.table), item)
        except NotCounted:
            continue
    shown = [
        f", ({column})::text AS split_{place}" for place, column in enumerate(columns.values())
    ]
    return tuple(columns), "".join(shown)


def _who(statement: Statement, table: str, items: tuple[str, ...]) -> tuple[str, bool]:
    """Return what is counted of a row, and whether the same may stand in several rows."""
    columns = [statement.column("r", table, item) for item in items]
    key = {f'r."{name}"' for name in statement.data_set.tables[table].sent_key}
    if set(columns) >= key:
        return "r.id", False
    return columns[0] if len(columns) == 1 else f"ROW({', '.join(columns)})::text", True


def _band(statement: Statement, bands: str, total: str, days: str) -> str:
    """Return the SQL of the band that a number of days falls into."""
    cases = [
        f"WHEN {days} <= {int(code.attributes['max_days'])} THEN {statement.bind(code.code)}::text"
        for code in statement.data_set.value_sets[bands].codes.values()
        if code.code != total and code.attributes.get("max_days")
    ]
    last = [
        code.code
        for code in statement.data_set.value_sets[bands].codes.values()
        if code.code != total and not code.attributes.get("max_days")
    ]
    return f"CASE {' '.join(cases)} ELSE {statement.bind(last[0])}::text END"


def _clock(statement: Statement, table: str, clock: Clock) -> str:
    """Return the join to the latest clock of a row."""
    tables = statement.data_set.tables
    pairs = shared_columns(tables[table], tables[clock.table], clock.via)
    keys = ", ".join(f'k."{theirs}"' for _, theirs in pairs)
    start = statement.column("k", clock.table, clock.start)
    match = " AND ".join(f'c."{theirs}" = r."{ours}"' for ours, theirs in pairs)
    return (
        f"LEFT JOIN (SELECT DISTINCT ON ({keys}) {keys}, {start} AS started "  # noqa: S608
        f"FROM {statement.rows(clock.table)} AS k WHERE {start} IS NOT NULL "
        f"ORDER BY {keys}, {start} DESC) AS c ON {match}"
    )


def _stopped(statement: Statement, table: str, clock: Clock, census: str) -> str:
    """Return whether a clock of the row had stopped by the census day."""
    status = OfRow(clock.status)
    match = matches(statement, ("r", table), ("k", clock.table), clock.via)
    return (
        f"EXISTS (SELECT 1 FROM {statement.rows(clock.table)} AS k WHERE {match} "  # noqa: S608
        f"AND {statement.column('k', clock.table, status.item)} "
        f"= ANY({statement.bind(list(clock.stops))}::text[]) "
        f"AND {statement.column('k', clock.table, clock.end)} <= {census})"
    )


def _linked(statement: Statement, table: str, link: Link, *dated: str) -> str:
    """Return whether a row of another table belongs to this one, meets conditions and is dated."""
    match = matches(statement, ("r", table), ("l", link.table), link.via)
    dates = "".join(
        f" AND {statement.column('l', link.table, str(link.date))} {when}" for when in dated
    )
    return (
        f"EXISTS (SELECT 1 FROM {statement.rows(link.table)} AS l WHERE {match} "  # noqa: S608
        f"AND {statement.meets('l', link.table, link.where)}{dates})"
    )
