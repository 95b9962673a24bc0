"""Verify the chain of the audit trail, row by row, and its end."""

from dataclasses import dataclass

from django.db import connections

_VERIFY = """
WITH chain AS (
    SELECT entry.id, entry.digest,
        entry.digest = portal_audit_digest(entry)
        AND entry.previous = coalesce(lag(entry.digest) OVER numbered, sha256('the beginning'))
        AND entry.id = coalesce(lag(entry.id) OVER numbered, 0) + 1 AS sound
    FROM portal_auditevent entry WINDOW numbered AS (ORDER BY entry.id)
), last AS (SELECT id, digest FROM chain ORDER BY id DESC LIMIT 1)
SELECT
    (SELECT min(id) FROM chain WHERE NOT sound),
    (SELECT count(*) FROM chain),
    head.id = coalesce(last.id, 0)
        AND head.digest = coalesce(last.digest, sha256('the beginning')),
    encode(head.digest, 'hex')
FROM portal_audithead head LEFT JOIN last ON true
"""


@dataclass(frozen=True)
class Verification:
    """What a look at the whole chain found."""

    events: int
    broken_at: int | None
    ends_well: bool
    head: str

    @property
    def is_sound(self) -> bool:
        """Whether no event has been changed, removed or slipped in."""
        return self.broken_at is None and self.ends_well


def verify_chain(using: str = "default") -> Verification:
    """Recompute every event's digest; the first event that does not fit is named."""
    with connections[using].cursor() as cursor:
        cursor.execute(_VERIFY)
        broken_at, events, ends_well, head = cursor.fetchone()
    return Verification(events, broken_at, ends_well, head)
