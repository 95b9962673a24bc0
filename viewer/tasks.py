"""The doorbell of the national worker; its message carries nothing."""

import subprocess
import sys

from celery import shared_task
from django.conf import settings

from portal.handover import open_handover, tidy
from viewer.arrivals import note_arrivals

TIME_LIMIT = 3600


@shared_task(acks_late=True, ignore_result=True)
def bell() -> None:
    """Look whether a transfer is due, and let a child process load what is.

    The child bounds memory and keeps Polars out of the worker.
    """
    shelf = open_handover(settings.HANDOVER_URL)
    tidy(shelf)
    if note_arrivals(shelf):
        command = [sys.executable, str(settings.ROOT / "manage.py"), "receive_due"]
        subprocess.run(command, check=True, timeout=TIME_LIMIT)  # noqa: S603 - our own command
