"""The Celery application: messages are doorbells and carry nothing."""

import os

from celery import Celery
from celery.signals import celeryd_after_setup, worker_process_init
from django.core.checks import Tags

from portal.environment import choose_instance
from portal.lifeline import tie_to_parent

choose_instance()
os.environ["CELERY_SKIP_CHECKS"] = "1"  # ours, below, load no pages
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _die_with_the_worker(**_: object) -> None:
    tie_to_parent()


@celeryd_after_setup.connect
def _refuse_unless_sound(**_: object) -> None:
    from portal.checks import refuse_unless_sound  # noqa: PLC0415 - Django is ready only now

    refuse_unless_sound(Tags.security, Tags.database)


@celeryd_after_setup.connect
def _watch_for_silence(**_: object) -> None:
    from django.conf import settings  # noqa: PLC0415 - Django is ready only now

    from portal.watching import BELLS, keep_watch  # noqa: PLC0415 - as above

    keep_watch(app.tasks[BELLS[settings.PORTAL_INSTANCE]])
