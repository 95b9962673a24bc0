"""The doorbell of both instances' workers: hourly checkpoints of the trail, and alarms to send."""

from celery import shared_task

from portal import alarms
from portal.audit_checkpoints import write_checkpoint


@shared_task(acks_late=True, ignore_result=True)
def bell() -> None:
    """Write a checkpoint if the hour is over, and send the alarms that are due."""
    write_checkpoint()
    alarms.send_due()
