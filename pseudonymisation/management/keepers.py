"""Who stands at the keyboard: a person proves it with the password before touching a key."""

from getpass import getpass

from django.core.management.base import CommandError, CommandParser

from portal.models import User


def add_keeper(parser: CommandParser) -> None:
    """Let the command ask for the person who gives it."""
    parser.add_argument("--as", dest="email", required=True, help="your e-mail address")


def add_two_keepers(parser: CommandParser) -> None:
    """Let the command ask for two people who stand at one keyboard."""
    add_keeper(parser)
    parser.add_argument("--and", dest="second", required=True, help="the second person's address")


def keeper(email: str) -> User:
    """The person of this address, once the password is right. Raises CommandError."""
    person = User.objects.filter(email=email, is_active=True).first()
    if person is None or not person.check_password(getpass(f"Password of {email}: ")):
        raise CommandError("That is not the password of an active person.")
    return person
