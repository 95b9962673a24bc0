# ruff: noqa: PLC0415, ANN401  each peer is imported only where it runs, and brings no types
"""The peers of the validation benchmark, each given the same rules as far as it can say them."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from validation_contenders import Checks, checks, data_set, prepared, read, tables, unique_items
from validation_plain import Ask, plain_checks

from portal.specification import Mandation, Table

BATCH = 50_000
PATTERNS = {
    "date": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
    "time": r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$",
    "datetime": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$",
    "integer": r"^\d{1,4}$",
    "org_code": r"^[A-Z0-9]{3,6}$",
    "gp_practice": r"^[A-Z0-9]{6}$",
    "site_code": r"^[A-Z0-9]{5,9}$",
    "nhs_number": r"^\d{10}$",
    "postcode": r"^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$",
}


def pandera_whole(folder: Path, _: int | None) -> int:
    """Pandera on whole frames, with the engine's own expressions as checks."""
    return sum(
        _pandera(prepared(folder, table), checks(folder, table), table) for table in tables(folder)
    )


def pandera_batches(folder: Path, _: int | None) -> int:
    """Pandera in batches of 50,000, as a public validator of filings runs it."""
    errors = 0
    for table in tables(folder):
        frame, asked = prepared(folder, table), checks(folder, table)
        errors += sum(_pandera(part, asked, table) for part in frame.iter_slices(BATCH))
    return errors


def _pandera(frame: pl.DataFrame, asked: Checks, table: Table) -> int:
    import pandera.polars as pa

    single = {items[0] for items in unique_items(table) if len(items) == 1}
    by_item: dict[str, list[pa.Check]] = {}
    for name, (item, expression) in asked.items():
        by_item.setdefault(item, []).append(_pandera_check(pa, name, expression))
    columns = {
        item: pa.Column(str, held, nullable=True, unique=item in single)
        for item, held in by_item.items()
    }
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as broken:
        return int(broken.failure_cases.height)
    return 0


def _pandera_check(pa: Any, name: str, expression: pl.Expr) -> Any:
    def ask(data: Any) -> Any:
        return data.lazyframe.select(expression.fill_null(value=True).alias(name))

    return pa.Check(ask, name=name)


def dataframely(folder: Path, _: int | None) -> int:
    """Dataframely on whole frames, with the engine's own expressions as rules."""
    import dataframely as dy

    errors = 0
    for table in tables(folder):
        frame = prepared(folder, table)
        members: dict[str, Any] = {name: dy.String(nullable=True) for name in table.items}
        rules = [expression for _, expression in checks(folder, table).values()]
        rules += [pl.len().over(items) == 1 for items in unique_items(table)]
        members |= {f"rule_{n}": _dataframely_rule(dy, rule) for n, rule in enumerate(rules)}
        for number, name in enumerate(set(frame.columns) - members.keys()):
            members[f"extra_{number}"] = dy.Any(alias=name)
        _, failure = type(table.name, (dy.Schema,), members).filter(frame)
        errors += sum(failure.counts().values()) if failure.details().height else 0
    return errors


def _dataframely_rule(dy: Any, expression: pl.Expr) -> Any:
    return dy.rule()(lambda _: expression)


def plain_rules(table: Table) -> tuple[dict[str, str], dict[str, list[str]], list[str]]:
    """Patterns, value sets and mandatory items of a table, for peers without expressions."""
    patterns: dict[str, str] = {}
    sets: dict[str, list[str]] = {}
    for item in table.items.values():
        if item.value_set:
            sets[item.name] = list(data_set().value_sets[item.value_set].codes)
        else:
            patterns[item.name] = PATTERNS.get(item.type.value, rf"^.{{1,{item.max_length}}}$")
    mandatory = [i.name for i in table.items.values() if i.mandation is Mandation.MANDATORY]
    return patterns, sets, mandatory


def pydantic(folder: Path, rows: int | None) -> int:
    """A pydantic model for each contact of csv; uniqueness and rules across items beside it."""
    from pydantic import ValidationError

    table = largest(folder)
    model = _pydantic_model(table)
    asked = plain_checks(folder, table)
    seen: set[str] = set()
    errors = 0
    with (folder / table.file_name).open(newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            if number == rows:
                break
            try:
                model.model_validate({name: value or None for name, value in row.items()})
            except ValidationError as broken:
                errors += broken.error_count()
            errors += row[table.key[0]] in seen
            errors += sum(ask(row) for ask in asked)
            seen.add(row[table.key[0]])
    return errors


def _pydantic_model(table: Table) -> Any:
    from pydantic import StringConstraints, create_model

    patterns, sets, mandatory = plain_rules(table)
    fields: dict[str, Any] = {}
    for name in table.items:
        kind: Any = (
            Literal[tuple(sets[name])]
            if name in sets
            else Annotated[str, StringConstraints(pattern=re.compile(patterns[name]))]
        )
        fields[name] = (kind, ...) if name in mandatory else (kind | None, None)
    return create_model(table.name, **fields)


def largest(folder: Path) -> Table:
    """The table with the largest file: the only one slow peers are asked to judge."""
    return max(tables(folder), key=lambda table: (folder / table.file_name).stat().st_size)


def sample(folder: Path, rows: int | None) -> Path:
    """The first rows of the largest file, for peers that read files themselves."""
    path = folder / f"sample-{rows}.txt"
    if not path.exists():
        with (folder / largest(folder).file_name).open() as whole, path.open("w") as part:
            part.writelines(line for _, line in zip(range((rows or 0) + 1), whole, strict=False))
    return path


def frictionless(folder: Path, rows: int | None) -> int:
    """Frictionless with a schema for the contacts, and rules across items as a check of rows."""
    from frictionless import Checklist, Resource, Schema, fields, system

    table = largest(folder)
    patterns, sets, mandatory = plain_rules(table)
    schema = Schema(
        fields=[
            fields.StringField(
                name=name,
                constraints={
                    **({"enum": sets[name]} if name in sets else {"pattern": patterns[name]}),
                    **({"required": True} if name in mandatory else {}),
                    **({"unique": True} if (name,) == table.key else {}),
                },
            )
            for name in table.items
        ]
    )
    with system.use_context(trusted=True):
        resource = Resource(path=str(sample(folder, rows)), format="csv", schema=schema)
        checklist = Checklist(checks=[_frictionless_check(plain_checks(folder, table))])
        report = resource.validate(checklist, limit_errors=10**9)
    return int(report.stats["errors"])


def _frictionless_check(asked: list[Ask]) -> Any:
    import attrs
    from frictionless import Check, errors

    @attrs.define(kw_only=True, repr=False)
    class AcrossItems(Check):
        """Rules across the items of a row."""

        type = "across-items"
        Errors = (errors.RowError,)

        def validate_row(self, row: Any) -> Any:
            for number, ask in enumerate(asked):
                if ask(row):
                    yield errors.RowError.from_row(row, note=f"rule {number}")

    return AcrossItems()


def great_expectations(folder: Path, rows: int | None) -> int:
    """Great Expectations on pandas for the contacts; rules across items are left out."""
    import great_expectations as gx
    import pandas as pd

    table = largest(folder)
    patterns, sets, mandatory = plain_rules(table)
    session = gx.get_context(mode="ephemeral")
    frame = pd.read_csv(folder / table.file_name, dtype=str, nrows=rows)
    expect, link = gx.expectations, table.parents[0]
    parents = read(folder, link.table)[link.parent_items[0]].to_list()
    asked = [
        *(expect.ExpectColumnValuesToNotBeNull(column=name) for name in mandatory),
        *(expect.ExpectColumnValuesToBeInSet(column=n, value_set=c) for n, c in sets.items()),
        *(expect.ExpectColumnValuesToMatchRegex(column=n, regex=p) for n, p in patterns.items()),
        expect.ExpectColumnValuesToBeUnique(column=table.key[0]),
        expect.ExpectColumnValuesToBeInSet(column=link.items[0], value_set=parents),
    ]
    suite = gx.ExpectationSuite(name="contacts", expectations=asked)
    asset = session.data_sources.add_pandas("p").add_dataframe_asset("a")
    batch = asset.add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
    result = batch.validate(suite, result_format="COMPLETE")
    return sum(each.result.get("unexpected_count", 0) for each in result.results)


PEERS: dict[str, Callable[[Path, int | None], int]] = {
    "pandera": pandera_whole,
    "pandera-batches": pandera_batches,
    "dataframely": dataframely,
    "pydantic": pydantic,
    "great-expectations": great_expectations,
    "frictionless": frictionless,
}
