"""Look for work where no bell rings: a broker that is stopped or frozen delays nothing for long.

The rows of the database are the truth, and a bell only says that one may be due. A worker that has
heard none for a while does what the bell would have set off. Claims see to it that nothing is done
twice when the bell rings after all.
"""

import logging
import threading
import time
from dataclasses import dataclass, field

from celery import Task
from celery.signals import task_postrun, task_prerun
from django.db import close_old_connections

BELLS = {"agem": "submissions.tasks.bell", "national": "viewer.tasks.bell"}
QUIET = 5.0  # seconds; the clock rings every two
PACE = 1.0
log = logging.getLogger(__name__)


@dataclass
class _Ear:
    """When something was last heard, and whether it is still being done."""

    heard: float = field(default_factory=time.monotonic)
    busy: bool = False


_ear = _Ear()


def keep_watch(bell: Task) -> None:
    """Watch beside a worker, in a thread that ends with it."""

    def watch() -> None:
        while True:
            time.sleep(PACE)
            look(bell)

    _ear.heard = time.monotonic()
    threading.Thread(target=watch, name="watch", daemon=True).start()


def look(bell: Task) -> bool:
    """Do a bell's work if none has been heard for a while, and say whether it was done."""
    if _ear.busy or time.monotonic() - _ear.heard < QUIET:
        return False
    try:
        bell()
    except Exception as fault:  # noqa: BLE001 - whatever it is, the next look may find it mended
        log.warning("watch_failed", extra={"fault": type(fault).__name__})
    finally:
        close_old_connections()
    return True


@task_prerun.connect
def _hear(**_: object) -> None:
    _ear.heard, _ear.busy = time.monotonic(), True


@task_postrun.connect
def _finish(**_: object) -> None:
    _ear.heard, _ear.busy = time.monotonic(), False
