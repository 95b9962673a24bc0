"""Take pseudonyms over into an epoch whose key wraps theirs; no original is needed."""

from collections.abc import Mapping, Sequence

import polars as pl

from portal.specification import Method, Table
from pseudonymisation.keys import KeyFault, KeySet
from pseudonymisation.pseudonyms import layered


def rewrap(records: pl.DataFrame, table: Table, keys: KeySet) -> pl.DataFrame:
    """The records with each pseudonym hashed once more, by the last layer of the keys.

    The records are as they left under the epoch that the last layer wraps. The result is what
    their originals would give today. Raises KeyFault NOT_WRAPPING for keys of a single layer.
    """
    treatments = (item.treatment for item in table.items.values())
    domains = {str(one.output): str(one.domain) for one in treatments if one.method is Method.HMAC}
    return records.with_columns(
        _wrapped(records[name].bin.encode("hex"), domain, keys) for name, domain in domains.items()
    )


def new_names(asked: Mapping[str, Sequence[str]], keys: KeySet) -> Mapping[str, tuple[str, str]]:
    """What pseudonyms of the epoch before are called from now on, by domain.

    Each domain has two texts of 32 hexadecimal digits a name: the old names and, in the same
    order, the new. Raises KeyFault NOT_WRAPPING for keys of a single layer.
    """
    told = {}
    for domain, old in asked.items():
        new = _wrapped(pl.Series(old, dtype=pl.String), domain, keys).bin.encode("hex")
        told[domain] = "".join(old), "".join(new)
    return told


def _wrapped(old: pl.Series, domain: str, keys: KeySet) -> pl.Series:
    if len(keys.layers) == 1:
        raise KeyFault("NOT_WRAPPING", keys.epoch)
    return layered(old, keys.subkeys(domain)[-1:])
