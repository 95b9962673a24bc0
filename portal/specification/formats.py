"""Say in plain words how a value of an item is written."""

from portal.specification.model import DataItem, ItemType

_WRITTEN = {
    ItemType.DATE: "a date, written as in 2024-03-05",
    ItemType.TIME: "a time of day, written as in 09:30:00",
    ItemType.DATETIME: "a date and time, written as in 2024-03-05T09:30:00",
    ItemType.POSTCODE: "a postcode in capital letters, as on an envelope",
    ItemType.NHS_NUMBER: "a number of 10 digits without spaces",
}
_CHARACTERS = {
    ItemType.INTEGER: "digits",
    ItemType.SNOMED: "digits",
    ItemType.ORG_CODE: "capital letters or digits",
    ItemType.SITE_CODE: "capital letters or digits",
    ItemType.GP_PRACTICE: "capital letters or digits",
}
_VERSION = "max n2.max n2"


def form_in_words(item: DataItem) -> str:
    """How a value of an item is written, as in "2 letters or digits"."""
    if item.format == _VERSION:
        return "a version, written as in 2.0"
    if item.type in _WRITTEN:
        return _WRITTEN[item.type]
    if item.type in _CHARACTERS or item.format[:1] == "n":
        return f"{_how_many(item)} {_CHARACTERS.get(item.type, 'digits')}"
    return f"{_how_many(item)} {'character' if item.max_length == 1 else 'characters'} long"


def _how_many(item: DataItem) -> str:
    """How many characters a value may have."""
    low, high = item.min_length or 1, item.max_length
    if low == high:
        return str(high)
    return f"up to {high}" if low == 1 else f"{low} to {high}"
