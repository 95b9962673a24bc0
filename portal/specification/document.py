"""A version of the specification as a reference page in Markdown."""

from collections.abc import Iterator

from portal.specification.examples import example_of
from portal.specification.handbook import (
    MANDATION,
    SEVERITY,
    differences,
    treatment_in_words,
)
from portal.specification.model import DataItem, Table, ValueSet
from portal.specification.whole import DataSet


def page(data_set: DataSet, older: DataSet | None = None) -> str:
    """The whole page; with what changed since an older version, if one is given."""
    parts = [
        *_head(data_set),
        *(_changes(older, data_set) if older else ()),
        *(line for table in data_set.order for line in _table(data_set, table)),
        *_files(data_set),
        *_measures(data_set),
        *_value_sets(data_set),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _head(data_set: DataSet) -> Iterator[str]:
    yield f"# {data_set.title}, version {data_set.version}"
    yield ""
    yield f"In force for reporting dates {data_set.effective_from} to {data_set.effective_to}."
    yield f"Status: {data_set.status}. Based on: {data_set.basis}."
    yield ""
    yield "This page is made from the specification by `python -m portal.specification document`."
    yield "What is marked *proposal* could not be compared with a public source."
    yield ""
    yield "| table | title | items | rules | a row |"
    yield "|---|---|---|---|---|"
    for table in data_set.order:
        link = f"[{table.name}](#{table.name.lower()})"
        numbers = f"{len(table.items)} | {len(table.rules)}"
        yield f"| {link} | {table.title} | {numbers} | {table.grain} |"
    yield ""
    yield "How items are wanted:"
    yield ""
    for letter, words in MANDATION.items():
        yield f"- **{letter}** {words}"
    yield ""


def _changes(older: DataSet, newer: DataSet) -> Iterator[str]:
    yield f"## What changed since version {older.version}"
    yield ""
    yield "| table | change |"
    yield "|---|---|"
    for one in differences(older, newer):
        yield f"| {one.table} | {one.what} |"
    yield ""


def _table(data_set: DataSet, table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    yield ""
    proposal = "" if table.verified else " The layout is a *proposal*."
    yield f"{table.title}: {table.grain}.{proposal}"
    yield ""
    yield f"Key: {', '.join(table.key) or 'none'}."
    for link in table.parents:
        yield f"Belongs to {link.table} by {', '.join(link.items)}."
    yield ""
    yield "| item | meaning | format | wanted | value set | before it leaves |"
    yield "|---|---|---|---|---|---|"
    for item in table.items.values():
        yield _item(item)
    for column in table.derived.values():
        yield f"| {column.name} | {column.title} | derived | | {column.value_set or ''} | Leaves. |"
    yield ""
    yield "| rule | what is wrong | for example | what to do | cost |"
    yield "|---|---|---|---|---|"
    for rule in table.rules:
        example = example_of(data_set, table, rule)
        proposal = "" if rule.verified else " *Proposal.*"
        cost = SEVERITY[rule.severity]
        yield f"| {rule.code} | {rule.message}{proposal} | {example} | {rule.fix} | {cost} |"
    yield ""


def _item(item: DataItem) -> str:
    proposal = "" if item.verified else " *Proposal.*"
    meaning = f"{item.title}. {item.description}.{proposal}"
    held = f"[{item.value_set}](#{item.value_set})" if item.value_set else ""
    leaves = treatment_in_words(item)
    return f"| {item.name} | {meaning} | {item.format} | {item.mandation} | {held} | {leaves} |"


def _files(data_set: DataSet) -> Iterator[str]:
    yield "## The files as a whole"
    yield ""
    yield "| rule | what is wrong | what to do |"
    yield "|---|---|---|"
    for rule in data_set.file_rules:
        yield f"| {rule.code} | {rule.message} | {rule.fix} |"
    limits = data_set.limits
    yield ""
    yield f"A submission has at most {limits.sent_bytes >> 20} MiB as sent and"
    yield f"{limits.unpacked_bytes >> 20} MiB unpacked, {limits.rows:,} rows a table,"
    yield f"{limits.line_bytes >> 10} KiB a line and {limits.cell_bytes >> 10} KiB a cell."
    yield ""


def _measures(data_set: DataSet) -> Iterator[str]:
    yield "## What is counted"
    yield ""
    yield "| measure | what it counts | unit |"
    yield "|---|---|---|"
    for measure in data_set.measures.values():
        proposal = "" if measure.verified else " *Proposal.*"
        yield f"| {measure.title} | {measure.description}{proposal} | {measure.unit} |"
    yield ""


def _value_sets(data_set: DataSet) -> Iterator[str]:
    used = {item.value_set for table in data_set.order for item in table.items.values()}
    used |= {one.value_set for table in data_set.order for one in table.derived.values()}
    yield "## Value sets"
    yield ""
    for name, value_set in data_set.value_sets.items():
        if name in used:
            yield from _value_set(name, value_set)


def _value_set(name: str, value_set: ValueSet) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    yield f"{value_set.title}. Source: {value_set.source}."
    yield ""
    yield "| code | meaning | counts as | retired |"
    yield "|---|---|---|---|"
    for code in value_set.codes.values():
        retired = "" if code.retired is None else str(code.retired)
        retired = "yes" if retired.startswith("0001") else retired
        yield f"| {code.code} | {code.label} | {code.quality} | {retired} |"
    yield ""
