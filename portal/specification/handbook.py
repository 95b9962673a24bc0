"""The specification as help pages: tables, items and treatments in plain words, differences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portal.specification.model import DataItem, Mandation, Method, Rule, Severity, Table, Treatment
from portal.specification.whole import DataSet

MANDATION = {
    Mandation.MANDATORY: "Mandatory: a record in which it is blank is rejected.",
    Mandation.REQUIRED: "Required: send it where it applies; a blank is counted as missing.",
    Mandation.OPTIONAL: "Optional.",
    Mandation.PILOT: "Pilot: do not send it unless asked.",
}
SEVERITY = {
    Severity.REJECT_FILE: "Rejects the submission",
    Severity.REJECT_GROUP: "Rejects the records that share the value",
    Severity.REJECT_RECORD: "Rejects the record",
    Severity.WARNING: "Warns",
}
_AREA = {
    "known": "whether it is known",
    "local_authority": "local authority",
    "icb": "integrated care board",
    "imd_decile": "deprivation decile",
    "group": "age group",
    "band": "age band",
}


@dataclass(frozen=True)
class Difference:
    """Something that is not the same in two versions: the table, its item or rule, what changed."""

    table: str
    name: str | None
    what: str


def treatment_in_words(item: DataItem) -> str:
    """What becomes of an item before it leaves the AGEM instance, as a sentence."""
    treatment = item.treatment
    match treatment.method:
        case Method.KEEP:
            return "Leaves as it is."
        case Method.DROP:
            return "Does not leave."
        case Method.HMAC:
            return _pseudonym_in_words(treatment)
        case Method.MONTH:
            return "Only the month leaves."
        case Method.GROUP:
            return "Only the group of the code leaves."
        case Method.AGE | Method.AREA:
            parts = [_AREA[what] for what in treatment.outputs.values()]
            listed = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
            return f"Does not leave; in its place: {listed}."


def _pseudonym_in_words(treatment: Treatment) -> str:
    if treatment.scope == "national":
        return "Leaves as a pseudonym, the same for every provider."
    return "Leaves as a pseudonym of this provider."


def rules_about(table: Table, item: str) -> tuple[Rule, ...]:
    """The rules of a table that speak of an item."""
    return tuple(rule for rule in table.rules if item in set(_named(rule.settings)))


def _named(settings: object) -> Iterator[str]:
    """Every name and text a rule's settings hold."""
    if isinstance(settings, str):
        yield settings
    elif isinstance(settings, Mapping):
        for one in settings.values():
            yield from _named(one)
    elif isinstance(settings, tuple):
        for one in settings:
            yield from _named(one)
    elif hasattr(settings, "__dataclass_fields__"):
        for name in settings.__dataclass_fields__:
            yield from _named(getattr(settings, name))


def differences(older: DataSet, newer: DataSet) -> tuple[Difference, ...]:
    """What a newer version changed: tables, items, rules and codes, in the order of the tables."""
    found: list[Difference] = []
    for name in dict.fromkeys([*older.tables, *newer.tables]):
        if name not in older.tables:
            found.append(Difference(name, None, "The table is new."))
        elif name not in newer.tables:
            found.append(Difference(name, None, "The table is no longer collected."))
        else:
            found += _items_changed(older.tables[name], newer.tables[name])
            found += _rules_changed(older.tables[name], newer.tables[name])
    return (*found, *_codes_changed(older, newer))


_ASPECTS = {"title": "title", "format": "format", "value_set": "value set"}
_NEEDED = {
    Mandation.MANDATORY: "mandatory",
    Mandation.REQUIRED: "required",
    Mandation.OPTIONAL: "optional",
    Mandation.PILOT: "sent only if asked",
}


def _items_changed(older: Table, newer: Table) -> Iterator[Difference]:
    for name in dict.fromkeys([*older.items, *newer.items]):
        if name not in older.items:
            yield Difference(newer.name, name, f"{name} is new.")
        elif name not in newer.items:
            yield Difference(newer.name, name, f"{name} is no longer collected.")
        else:
            for what in _item_changed(older.items[name], newer.items[name]):
                yield Difference(newer.name, name, f"{name} {what}")


def _item_changed(before: DataItem, after: DataItem) -> Iterator[str]:
    """What changed in an item, each as the rest of a sentence that begins with its name."""
    if before.mandation != after.mandation:
        yield f"was {_NEEDED[before.mandation]} and is {_NEEDED[after.mandation]}."
    for aspect, word in _ASPECTS.items():
        was, now = getattr(before, aspect), getattr(after, aspect)
        if was != now:
            yield f"has another {word}: {now or 'none'} (was {was or 'none'})."
    if before.treatment != after.treatment:
        was, now = treatment_in_words(before), treatment_in_words(after)
        if was != now:
            yield f"is treated otherwise. {now} (Before: {was})"


def _rules_changed(older: Table, newer: Table) -> Iterator[Difference]:
    before, after = ({rule.code: rule for rule in one.rules} for one in (older, newer))
    for code in dict.fromkeys([*before, *after]):
        if code not in before:
            yield Difference(newer.name, code, f"Rule {code} is new: {after[code].message}")
        elif code not in after:
            yield Difference(newer.name, code, f"Rule {code} is no longer asked.")
        elif before[code] != after[code]:
            yield Difference(newer.name, code, f"Rule {code} has changed: {after[code].message}")


def _codes_changed(older: DataSet, newer: DataSet) -> Iterator[Difference]:
    for name in newer.value_sets.keys() & older.value_sets.keys():
        before, after = older.value_sets[name].codes, newer.value_sets[name].codes
        for code in sorted(before.keys() ^ after.keys()):
            change = "new" if code in after else "gone"
            yield Difference(name, code, f"Code {code} is {change}.")
