"""Take pseudonymised records over into an epoch whose key wraps theirs; no original is needed."""

import polars as pl

from portal.specification import Method, Table
from pseudonymisation.keys import KeyFault, KeySet
from pseudonymisation.pseudonyms import layered


def rewrap(records: pl.DataFrame, table: Table, keys: KeySet) -> pl.DataFrame:
    """The records with each pseudonym hashed once more, by the last layer of the keys.

    The records are as they left under the epoch that the last layer wraps. The result is what
    their originals would give today. Raises KeyFault NOT_WRAPPING for keys of a single layer.
    """
    if len(keys.layers) == 1:
        raise KeyFault("NOT_WRAPPING", keys.epoch)
    treatments = (item.treatment for item in table.items.values())
    domains = {str(one.output): str(one.domain) for one in treatments if one.method is Method.HMAC}
    return records.with_columns(
        layered(records[name].bin.encode("hex"), keys.subkeys(domain)[-1:])
        for name, domain in domains.items()
    )
