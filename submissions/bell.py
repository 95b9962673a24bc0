"""Ring for a worker. The message carries nothing, and nobody waits for it to be delivered."""

import logging
import threading

from portal.celery import app

BELL = "submissions.tasks.bell"
log = logging.getLogger(__name__)
_ringing = threading.Lock()


def ring() -> None:
    """Tell the workers that something may be due, without waiting for the broker.

    One attempt at a time is under way; a bell that cannot be rung is rung by the clock later.
    """
    if _ringing.acquire(blocking=False):
        threading.Thread(target=_ring, name="bell", daemon=True).start()


def _ring() -> None:
    """Send the message, giving up after the broker's time-outs of one second."""
    try:
        app.send_task(BELL, retry=False, ignore_result=True)
    except Exception as silent:  # noqa: BLE001 - a broker may fail in any way; the row is the truth
        log.warning("bell_not_rung", extra={"fault": type(silent).__name__})
    finally:
        _ringing.release()
