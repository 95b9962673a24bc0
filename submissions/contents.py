"""The files of a submission as they lie in the store, opened and unpacked. No Django here."""

from collections.abc import Sequence
from functools import partial

from portal.specification import load_data_set, versions
from submissions.sources import Source
from submissions.store import Store, Stored, open_for_reading
from submissions.unpacking import unpack


def contents(
    store: Store,
    files: Sequence[tuple[str, Stored]],
    data_set: str,
) -> tuple[Source, ...]:
    """Return the files of a submission by the names their sender gave them, unpacked.

    Raises UnreadableFile for a package that cannot be unpacked safely.
    """
    newest = load_data_set(data_set, versions(data_set)[-1])
    return tuple(
        source
        for name, stored in files
        for source in unpack(Source(name, partial(open_for_reading, store, stored)), newest.limits)
    )
