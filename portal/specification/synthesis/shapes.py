"""The shapes of single values: formats, check digits and clinical codes, read one at a time."""

import re
from datetime import date, datetime

from portal.specification.deriving import BARRED_NHS_NUMBERS
from portal.specification.model import DataItem, ItemType

_PLAIN = {
    ItemType.TIME: r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
    ItemType.NHS_NUMBER: r"[0-9]{10}",
    ItemType.POSTCODE: r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}",
}
_BY_LENGTH = {
    ItemType.INTEGER: r"[0-9]",
    ItemType.SNOMED: r"[0-9]",
    ItemType.ORG_CODE: r"[A-Z0-9]",
    ItemType.SITE_CODE: r"[A-Z0-9]",
    ItemType.GP_PRACTICE: r"[A-Z0-9]",
    ItemType.CLINICAL_CODE: r"[A-Za-z0-9.+-]",
    ItemType.STRING: r"(?s:.)",
    ItemType.CODE: r"(?s:.)",
}
_CLINICAL = {
    "opcs4": r"[A-Z][0-9]{2}\.?[0-9]?",
    "icd10": r"[A-Z][0-9]{2}(\.?[0-9X][0-9]?)?[-DA]?",
}
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def has_format(item: DataItem, text: str) -> bool:
    """Whether a filled value has the format of its item."""
    if item.type is ItemType.DATE:
        return _is_iso(text, "%Y-%m-%d")
    if item.type is ItemType.DATETIME:
        return _is_iso(text, "%Y-%m-%dT%H:%M:%S")
    pattern = _PLAIN.get(item.type)
    if pattern is None:
        pattern = f"{_BY_LENGTH[item.type]}{{{item.min_length or 1},{item.max_length}}}"
    return re.fullmatch(pattern, text) is not None


def _is_iso(text: str, form: str) -> bool:
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 the files' clocks are local
    except ValueError:
        return False
    return moment.strftime(form) == text and moment.date() >= date(1850, 1, 1)


def is_nhs_number(text: str) -> bool:
    """Whether ten digits pass modulus 11 and are not barred (NHS Data Dictionary, NHS NUMBER)."""
    total = sum((10 - place) * int(digit) for place, digit in enumerate(text))
    return total % 11 == 0 and text not in BARRED_NHS_NUMBERS


def is_snomed(text: str) -> bool:
    """Whether digits end in Verhoeff's check digit (SNOMED CT, release file specification)."""
    check = 0
    for place, digit in enumerate(reversed(text)):
        check = _times(check, _turned(int(digit), place % 8))
    return check == 0


def _turned(digit: int, times: int) -> int:
    for _ in range(times):
        digit = _TURN[digit]
    return digit


def _times(one: int, other: int) -> int:
    """Multiplication in the dihedral group of ten: rotations 0 to 4, reflections 5 to 9."""
    if one < 5 and other < 5:  # noqa: PLR2004
        return (one + other) % 5
    if one < 5:  # noqa: PLR2004
        return 5 + (one + other) % 5
    if other < 5:  # noqa: PLR2004
        return 5 + (one - other) % 5
    return (one - other) % 5


def is_clinical(text: str, scheme: str) -> bool:
    """Whether a code is built as its scheme says."""
    if scheme == "snomed":
        return re.fullmatch(r"[0-9]{6,18}", text) is not None and is_snomed(text)
    return re.fullmatch(_CLINICAL[scheme], text) is not None
