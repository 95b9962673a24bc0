"""The clock of an instance: rings its bells by name, and loads neither Django nor a database."""

from celery import Celery

from portal.environment import INSTANCES, MissingSetting, read

SCHEDULES = {
    "agem": {
        "submissions.tasks.bell": 2.0,
        "submissions.tasks.sweep": 10.0,
        "portal.tasks.bell": 30.0,
    },
    "national": {"viewer.tasks.bell": 2.0, "portal.tasks.bell": 30.0},
}


def clock(instance: str, broker_url: str) -> Celery:
    """Return the application that rings the bells of an instance.

    A bell that nobody has heard before the next one is due is thrown away. Raises
    MissingSetting for an unknown instance.
    """
    if instance not in INSTANCES:
        raise MissingSetting("Set PORTAL_INSTANCE to 'agem' or 'national'.")
    schedule = {
        task: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
        for task, seconds in SCHEDULES[instance].items()
    }
    return Celery(
        "clock",
        broker=broker_url,
        set_as_current=False,
        changes={
            "beat_schedule": schedule,
            "beat_scheduler": "celery.beat.Scheduler",
            "task_ignore_result": True,
            "broker_transport_options": {
                "global_keyprefix": f"{instance}:",
                "socket_timeout": 1,
                "socket_connect_timeout": 1,
            },
        },
    )


app = clock(read("PORTAL_INSTANCE"), read("BROKER_URL"))
