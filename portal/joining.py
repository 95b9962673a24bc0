"""Make and change accounts; an account alone shows nothing."""

from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.db import transaction
from django.http import HttpRequest

from portal import audit
from portal.models import User


@transaction.atomic
def add_person(email: str, name: str, *, by: User, request: HttpRequest) -> User:
    """Make an account, and send its owner the link with which they choose a password."""
    person = User.objects.create_user(email, name=name)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    audit.record(audit.Event.PERSON_ADDED, actor=by, request=request, person=person.pk)
    transaction.on_commit(lambda: _invite(person, request))
    return person


@transaction.atomic
def change_person(person: User, *, by: User, request: HttpRequest) -> None:
    """Keep a person's changed name or address; the address is the one they sign in with."""
    person.email = person.email.lower()
    person.save(update_fields=["email", "name"])
    EmailAddress.objects.filter(user=person).update(email=person.email)
    audit.record(audit.Event.PERSON_CHANGED, actor=by, request=request, person=person.pk)


def _invite(person: User, request: HttpRequest) -> None:
    with request_context(request):
        request_password_reset(request, person.email, [person], default_token_generator)
