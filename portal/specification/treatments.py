"""Read what becomes of an item before it leaves, and refuse an item that does not say."""

from collections.abc import Mapping
from typing import Any

from portal.specification import settings as read
from portal.specification.model import ItemType, Method, Treatment, ValueSet
from portal.specification.scope import Scope, check_keys

NHS_NUMBER_LENGTH = 10
SCOPES = ("national", "provider")
AGE_OUTPUTS = frozenset({"group", "band"})
AREA_OUTPUTS = frozenset({"known", "local_authority", "icb", "imd_decile"})

_KEYS: Mapping[Method, tuple[frozenset[str], frozenset[str]]] = {
    Method.KEEP: (frozenset(), frozenset({"disclosure"})),
    Method.DROP: (frozenset(), frozenset()),
    Method.HMAC: (frozenset({"domain", "scope", "output"}), frozenset({"from", "use_when"})),
    Method.MONTH: (frozenset({"output"}), frozenset()),
    Method.AGE: (frozenset({"at", "outputs"}), frozenset()),
    Method.AREA: (frozenset({"outputs"}), frozenset({"at"})),
    Method.GROUP: (frozenset({"attribute", "output"}), frozenset()),
}
_OUTPUTS = {Method.AGE: AGE_OUTPUTS, Method.AREA: AREA_OUTPUTS}
_TYPES = {
    Method.MONTH: {ItemType.DATE},
    Method.AGE: {ItemType.DATE},
    Method.AREA: {ItemType.POSTCODE, ItemType.GP_PRACTICE},
}


def read_treatment(scope: Scope, item: Mapping[str, Any], value_set: ValueSet | None) -> Treatment:
    """The treatment an item names. Raises SpecificationError for one that cannot be carried out."""
    said = item["treatment"]
    said = {"method": said} if isinstance(said, str) else dict(said)
    method = said.pop("method", None)
    if method not in list(Method):
        raise scope.refusal(f"there is no treatment {method!r}")
    method = Method(method)
    check_keys(scope, said, *_KEYS[method])
    if item["type"] not in _TYPES.get(method, set(ItemType)):
        raise scope.refusal(f"a {item['type']} cannot be treated by {method}")
    outputs = _outputs(scope, method, said.get("outputs", {}))
    if method is Method.GROUP and not (value_set and value_set.attribute(said["attribute"])):
        raise scope.refusal(f"its codes have no {said['attribute']!r}")
    if method is Method.HMAC and said["scope"] not in SCOPES:
        raise scope.refusal(f"there is no scope {said['scope']!r}")
    _refuse_leaks(scope, method, item)
    use_when = said.get("use_when")
    return Treatment(
        method=method,
        domain=said.get("domain"),
        scope=said.get("scope"),
        output=said.get("output"),
        outputs=outputs,
        at=scope.known_item(said["at"], scope.names.header) if "at" in said else None,
        from_items=read.items(scope, said.get("from", [])),
        use_when=read.condition(scope, use_when) if use_when else None,
        attribute=said.get("attribute"),
        value_set=_codes_that_leave(method, said, value_set),
        disclosure=said.get("disclosure"),
    )


def _codes_that_leave(
    method: Method, said: Mapping[str, Any], value_set: ValueSet | None
) -> str | None:
    """The value set of a group's names where they are codes of it: the item as it was, coarser."""
    if method is not Method.GROUP or value_set is None:
        return None
    names = set(value_set.attribute(said["attribute"]).values())
    return value_set.name if names <= value_set.codes.keys() else None


def _outputs(scope: Scope, method: Method, said: object) -> dict[str, str]:
    outputs = read.mapping(scope, said)
    for what in outputs.values():
        if what not in _OUTPUTS[method]:
            raise scope.refusal(f"{method} cannot give {what!r}")
    return outputs


def _refuse_leaks(scope: Scope, method: Method, item: Mapping[str, Any]) -> None:
    """A direct identifier, and text long enough to hold an NHS number, is never kept as it is."""
    if method is not Method.KEEP:
        return
    if item["identifier"] == "direct":
        raise scope.refusal("a direct identifier cannot be kept")
    if item["type"] == ItemType.STRING and item["max_length"] >= NHS_NUMBER_LENGTH:
        raise scope.refusal("free text that could hold an NHS number cannot be kept")
