"""Short e-mails to people of the portal: that something waits for them, and where; nothing else."""

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from portal.models import User


def tell(people: Iterable[User], subject: str, page: str) -> None:
    """Send people a line with the address of a page, once the transaction has committed."""
    addresses = [person.email for person in people if person.is_active]
    address = f"{settings.PORTAL_ORIGIN}{reverse(page)}"
    text = f"{subject}.\n\n{address}\n\nSign in to see more. Please do not answer this e-mail.\n"

    def send() -> None:
        for to in addresses:
            prefix = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX
            send_mail(f"{prefix}{subject}", text, None, [to], fail_silently=True)

    transaction.on_commit(send)
