"""The bank holidays of England, by rule. A day moved by proclamation is a calendar exception."""

from datetime import date, timedelta
from functools import lru_cache

MONDAY, SATURDAY = 0, 5
WEEK = timedelta(days=7)


def is_bank_holiday(day: date) -> bool:
    """Whether a day is a bank holiday in England."""
    return day in bank_holidays(day.year)


@lru_cache
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of a year, with the weekdays that stand in for weekends."""
    easter = easter_sunday(year)
    christmas = _next_weekday(date(year, 12, 25), frozenset())
    boxing = _next_weekday(date(year, 12, 26), frozenset({christmas}))
    return frozenset(
        {
            _next_weekday(date(year, 1, 1), frozenset()),
            easter - timedelta(days=2),
            easter + timedelta(days=1),
            _first_monday(date(year, 5, 1)),
            _first_monday(date(year, 6, 1)) - WEEK,
            _first_monday(date(year, 9, 1)) - WEEK,
            christmas,
            boxing,
        }
    )


def easter_sunday(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian algorithm (Nature, 20 April 1876)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    quarter, place = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - quarter - shift + 15) % 30
    leap, odd = divmod(rest, 4)
    sunday = (32 + 2 * place + 2 * leap - moon - odd) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _next_weekday(day: date, taken: frozenset[date]) -> date:
    """The day, or the first weekday after it that is not taken."""
    while day.weekday() >= SATURDAY or day in taken:
        day += timedelta(days=1)
    return day


def _first_monday(day: date) -> date:
    """The first Monday on or after a day."""
    return day + timedelta(days=(MONDAY - day.weekday()) % 7)
