"""Keep every state that a row has been in, by trigger: raw SQL and bulk changes are kept too."""

from collections.abc import Callable
from typing import cast

import pghistory
from django.db import models

Kept = type[models.Model]


def keep_history(*, without: tuple[str, ...] = ()) -> Callable[[Kept], Kept]:
    """Give a model a table of its rows' earlier states, which only grows.

    Who changed a row, from where and why, is in the audit trail beside it.
    """
    track = pghistory.track(
        append_only=True,
        context_field=None,  # type: ignore[arg-type] # as its handbook says
        exclude=list(without),
    )
    return cast("Callable[[Kept], Kept]", track)
