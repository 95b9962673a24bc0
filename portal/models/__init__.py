"""What the portal keeps of organisations, people, their access and the audit trail."""

from portal.models.access import AccessRequest, Approval, Emergency, Grant, Review
from portal.models.operating import Banner, CalendarException
from portal.models.organisations import (
    AGREEMENT_VERSION,
    Agreement,
    Delegation,
    Organisation,
    Provider,
)
from portal.models.people import User
from portal.models.trail import Alarm, AuditCheckpoint, AuditEvent

__all__ = [
    "AGREEMENT_VERSION",
    "AccessRequest",
    "Agreement",
    "Alarm",
    "Approval",
    "AuditCheckpoint",
    "AuditEvent",
    "Banner",
    "CalendarException",
    "Delegation",
    "Emergency",
    "Grant",
    "Organisation",
    "Provider",
    "Review",
    "User",
]
