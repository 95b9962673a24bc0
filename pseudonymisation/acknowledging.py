"""Take in what the national instance answered, then clear the hand-over store."""

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from portal.handover import Acknowledgement, Received, acknowledgements, clear, open_handover
from portal.manifests import BrokenSeal, read_verify_key

_log = logging.getLogger(__name__)


def settle(handle: Callable[[Acknowledgement], None]) -> int:
    """Give each signed answer to `handle`, then clear its transfer; say how many there were.

    After a crash an answer comes again, so `handle` must bear that. An answer whose signature
    does not hold is never handled: it is an alarm.
    """
    shelf = open_handover(settings.HANDOVER_URL)
    key = read_verify_key(Path(settings.NATIONAL_VERIFY_KEY_FILE))
    settled = 0
    with tempfile.TemporaryDirectory() as work:
        for answer in acknowledgements(shelf, key, Path(work)):
            if isinstance(answer, BrokenSeal):
                _log.critical("acknowledgement_not_theirs", extra={"code": answer.code})
                continue
            if answer.outcome is Received.ASKED:
                continue  # it waits for whoever is changing the keys
            handle(answer)
            clear(shelf, answer.transfer)
            settled += 1
    return settled
