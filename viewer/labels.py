"""What the codes of a split are called."""

from collections.abc import Iterable, Sequence
from functools import cache

from portal.specification import DataSet, Measure, ValueSet

UNSTATED = "Not stated"
_WORDS = {"met": "Met", "missed": "Not met"}


def label_of(data_set: DataSet, measure: Measure, split: str, code: str) -> str:
    """Return what a code of a split is called; the code itself where nothing names it."""
    if not code:
        return UNSTATED
    values = value_set_of(data_set, measure, split)
    if values and code in values.codes:
        return values.codes[code].label
    return _WORDS.get(code, code.replace("_", " "))


def codes_of(data_set: DataSet, measure: Measure, split: str) -> Sequence[str]:
    """Return the codes of a split in the order of its value set, without its total."""
    values = value_set_of(data_set, measure, split)
    total = measure.settings.get("total")
    return [code for code in values.codes if code != total] if values else []


def value_set_of(data_set: DataSet, measure: Measure, split: str) -> ValueSet | None:
    """Return the value set of a split: that of its bands, its column, or an item of its name."""
    if split == measure.settings.get("band"):
        return data_set.value_sets[measure.settings["bands"]]
    item = measure.settings.get("splits", {}).get(split)
    if item and measure.table:
        table = data_set.tables[measure.table]
        name = table.sent_name(item)
        column = table.sent.get(name) if name else None
        if column and column.value_set:
            return data_set.value_sets[column.value_set]
    return data_set.value_sets.get(
        _value_set_by_item(data_set.name, data_set.version).get(split, "")
    )


@cache
def _value_set_by_item(name: str, version: str) -> dict[str, str]:
    """Return the value set of every item that has one."""
    from portal.specification import load_data_set  # noqa: PLC0415 - read once per version

    tables = load_data_set(name, version).tables.values()
    return {
        item.name: item.value_set
        for table in tables
        for item in table.items.values()
        if item.value_set
    }


def choices(values: ValueSet, held: Iterable[str]) -> list[tuple[str, str]]:
    """Return the codes that are held with what they are called, for a list to choose from."""
    wanted = set(held)
    return [(code.code, code.label) for code in values.codes.values() if code.code in wanted]
