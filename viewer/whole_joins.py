"""Have the database join whole tables while a transfer is loaded and counted."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

# Rows that a transfer brought have no statistics before it commits, and none of them is found by
# an index on what they are joined by. A nested loop over what seems to be a few of them would take
# minutes for a large day where a hash takes a second. Sorting a large day wants memory, too.
_WHOLE = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'"
_AS_EVER = "SET LOCAL enable_nestloop = DEFAULT; SET LOCAL work_mem = DEFAULT"


@contextmanager
def joined_whole() -> Iterator[None]:
    """Run what is inside without nested loops, in the transaction that the caller is in."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_WHOLE)
        yield
        cursor.execute(_AS_EVER)
