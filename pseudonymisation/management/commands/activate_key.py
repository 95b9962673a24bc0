"""`manage.py activate_key EPOCH --as EMAIL --because WHY`, given by two people in turn."""

from pseudonymisation.management.two_people import TwoPeopleCommand
from pseudonymisation.models import Ceremony


class Command(TwoPeopleCommand):
    """Propose or confirm it."""

    help = "Activate a pseudonym key: one person proposes, a second confirms."
    act = Ceremony.Act.ACTIVATE
