"""How figures, days and sizes are written on pages."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.timezone import localtime
from jinja2 import Undefined
from markupsafe import Markup

_KIB = 1024
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


# Control characters, and those that turn the direction of writing: nobody sees them, and they can
# make a text look like another. Line breaks and tabs stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\ufeff\u202a-\u202e\u2066-\u2069]"
)


def seen(value: Any) -> Any:  # noqa: ANN401 - whatever a page prints
    """Return what a page prints, with a sign in place of every character that nobody sees."""
    if _is_plain(value):
        return value
    text = str(value)
    if _UNSEEN.search(text):
        plain = _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)
        # markup was escaped before: to take characters out of it makes none
        return Markup(plain) if hasattr(value, "__html__") else plain  # noqa: S704
    return value


def _is_plain(value: object) -> bool:
    """Whether a value can hold no text of anybody's, or is drawn by itself."""
    return value is None or isinstance(value, int | float | date | Undefined)


def number(value: float | None, places: int = 0) -> str:
    """Return a figure with its thousands apart, or a dash for none."""
    return "–" if value is None else f"{value:,.{places}f}"


def percent(part: float, whole: float, places: int = 1) -> str:
    """Return a share in per cent; one that is neither nothing nor all never reads as 0 or 100."""
    if not whole:
        return "–"
    share = 100 * part / whole
    least = 10**-places
    if 0 < share < least:
        return f"less than {least:.{places}f}%"
    if 100 - least < share < 100:  # noqa: PLR2004 - per cent
        return f"more than {100 - least:.{places}f}%"
    return f"{share:.{places}f}%"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: 1 row, 2 rows."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def size(count: int | None) -> str:
    """Return a number of bytes in the unit that reads best."""
    if count is None:
        return "–"
    value, units = float(count), ["bytes", "KB", "MB", "GB"]
    while value >= _KIB and len(units) > 1:
        value, units = value / _KIB, units[1:]
    if units[0] == "bytes":
        return plural(count, "byte")
    return f"{value:.1f} {units[0]}" if value < 10 else f"{value:,.0f} {units[0]}"  # noqa: PLR2004


def day(value: date | None) -> str:
    """Return a day as in 5 March 2024."""
    return "–" if value is None else f"{_here(value).day} {_here(value):%B %Y}"


def short_day(value: date | None) -> str:
    """Return a day as in 5 Mar."""
    return "–" if value is None else f"{_here(value).day} {_here(value):%b}"


def weekday(value: date) -> str:
    """Return a day as in Tuesday 5 March 2024."""
    return f"{_here(value):%A} {day(value)}"


def clock(value: datetime | None) -> str:
    """Return a time of day to the second, as in 06:14:09, in local time."""
    return "" if value is None else f"{localtime(value):%H:%M:%S}"


def moment(value: datetime | None) -> str:
    """Return a day and time as in 5 March 2024 at 06:14, in local time."""
    return "–" if value is None else f"{day(value)} at {localtime(value):%H:%M}"


def short_moment(value: datetime | None) -> str:
    """Return a day and time as in 5 Mar 06:14, in local time."""
    return "–" if value is None else f"{short_day(value)} {localtime(value):%H:%M}"


def duration(value: timedelta | None) -> str:
    """Return how long something took, as in 4 seconds or 1 min 20 s."""
    if value is None:
        return "–"
    seconds = max(0, round(value.total_seconds()))
    if seconds < _MINUTE:
        return plural(seconds, "second")
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min {seconds % _MINUTE} s"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE} min"
    return plural(seconds // _DAY, "day")


def _here(value: date) -> date:
    """Return a moment in local time; a day is a day everywhere."""
    return localtime(value) if isinstance(value, datetime) else value


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": number,
    "percent_of": percent,
    "plural": plural,
    "size": size,
    "day": day,
    "short_day": short_day,
    "weekday": weekday,
    "clock": clock,
    "moment": moment,
    "short_moment": short_moment,
    "duration": duration,
}
