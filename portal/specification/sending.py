"""Which columns leave the AGEM instance, made from the treatments and the derived columns."""

from collections.abc import Iterator, Mapping

from portal.specification.model import DataItem, Derived, ItemType, Method, SentColumn, SentType
from portal.specification.scope import Scope

SENT_BY_ITEM: Mapping[ItemType, SentType] = {
    ItemType.DATE: SentType.DATE,
    ItemType.TIME: SentType.TIME,
    ItemType.DATETIME: SentType.DATETIME,
    ItemType.INTEGER: SentType.INTEGER,
}
SENT_BY_DERIVED: Mapping[str, SentType] = {
    "days_between": SentType.INTEGER,
    "minutes_between": SentType.INTEGER,
    "minutes_overnight": SentType.INTEGER,
    "standard_met": SentType.TEXT,
    "valid_nhs_number": SentType.TEXT,
    "age_group": SentType.TEXT,
    "age_band": SentType.TEXT,
    "adult_or_child": SentType.TEXT,
    "time_at_most": SentType.TEXT,
    "attribute_by_age": SentType.TEXT,
}
_WORDS = {
    "group": "age group",
    "band": "age band",
    "known": "whether known",
    "local_authority": "local authority",
    "icb": "integrated care board",
    "imd_decile": "deprivation decile",
}


def sent_columns(
    scope: Scope, items: Mapping[str, DataItem], derived: Mapping[str, Derived]
) -> tuple[SentColumn, ...]:
    """Exactly what leaves, in order: items as treated, then what is derived."""
    columns = [column for item in items.values() for column in _of_item(item)]
    columns += [
        SentColumn(one.name, one.type, one.title, (), one.value_set) for one in derived.values()
    ]
    names = [column.name for column in columns]
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise scope.refusal(f"two columns would leave as {name}")
    return tuple(columns)


def _of_item(item: DataItem) -> Iterator[SentColumn]:
    treatment, title, own = item.treatment, item.title, (item.name,)
    match treatment.method:
        case Method.KEEP:
            kind = SENT_BY_ITEM.get(item.type, SentType.TEXT)
            yield SentColumn(item.name, kind, title, own, item.value_set, item.sensitive)
        case Method.HMAC:
            sources = treatment.from_items or own
            yield SentColumn(str(treatment.output), SentType.UUID, f"{title}, pseudonym", sources)
        case Method.MONTH:
            yield SentColumn(str(treatment.output), SentType.DATE, f"{title}, month", own)
        case Method.GROUP:
            coarser = title if treatment.value_set else f"{title}, group"
            output, codes = str(treatment.output), treatment.value_set
            yield SentColumn(output, SentType.TEXT, coarser, own, codes, item.sensitive)
        case Method.AGE | Method.AREA:
            for name, what in treatment.outputs.items():
                kind = SentType.INTEGER if what == "imd_decile" else SentType.TEXT
                yield SentColumn(name, kind, f"{title}, {_WORDS[what]}", own)
        case Method.DROP:
            return
