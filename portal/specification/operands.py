"""What a rule compares and the conditions under which it asks: small frozen values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OfRow:
    """An item of the row being judged."""

    item: str


@dataclass(frozen=True)
class OfHeader:
    """An item of the submission's header."""

    item: str


@dataclass(frozen=True)
class OfParent:
    """An item of the row's ancestor in another table, found along the references."""

    table: str
    item: str


@dataclass(frozen=True)
class Moment:
    """A date item and a time item of the row, read as one moment."""

    date: str
    time: str


@dataclass(frozen=True)
class OfSystem:
    """Something the portal knows: who is signed in, when the files came, what is in force."""

    name: str


@dataclass(frozen=True)
class Constant:
    """A fixed value."""

    value: str


Operand = OfRow | OfHeader | OfParent | Moment | OfSystem | Constant


@dataclass(frozen=True)
class DaysBetween:
    """Whole days from the first date to the second."""

    first: Operand
    second: Operand


@dataclass(frozen=True)
class YearsBetween:
    """Whole years from the first date to the second; a 29 February comes round on 1 March."""

    first: Operand
    second: Operand


@dataclass(frozen=True)
class AgeGroupOf:
    """Adult or child on a day: `adult` from the age of `adult_from`, else `child`."""

    born: Operand
    at: Operand
    adult_from: int
    adult: str
    child: str


@dataclass(frozen=True)
class OneOf:
    """The item is filled, and with one of the values."""

    item: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class NotOneOf:
    """The item is filled, and with none of the values."""

    item: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class IsBlank:
    """The item is blank."""

    item: str


@dataclass(frozen=True)
class IsFilled:
    """The item is filled."""

    item: str


@dataclass(frozen=True)
class Comparison:
    """The left operand stands in the relation to the right one, moved by some days."""

    left: Operand
    op: str
    right: Operand
    offset_days: int = 0


@dataclass(frozen=True)
class InProduction:
    """The portal is in live use, so that data of made-up people is not welcome."""


Condition = OneOf | NotOneOf | IsBlank | IsFilled | Comparison | InProduction

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "in")
SYSTEM_NAMES = (
    "authorised_providers",
    "authenticated_org",
    "versions_in_force",
    "received_date",
    "received_at",
)
