"""Single values: numbers, ids, instants, words and texts, or ``Invalid``."""

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from oracle.records import SECOND, Invalid

NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)(?:[eE]([+-]?[0-9]+))?")
LONGEST = 1000
MAC_ADDRESS = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}")
MONTH_DAY_YEAR = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
FIRST_INSTANT = 946_684_800 * SECOND
"""2000-01-01, inclusive."""
LAST_INSTANT = 4_102_444_800 * SECOND
"""2100-01-01, exclusive."""


class NumberText(str):
    """A JSON number, kept as it was written."""


@lru_cache(maxsize=100_000)
def exact(text: str) -> Fraction:
    """Return the value of a number in JSON's grammar.

    Exponents beyond any bound of the rules are cut to a value that breaks the same
    bounds, so that ``1e999999999`` costs nothing.
    """
    match = NUMBER.fullmatch(text)
    # A text may hold no longer number than the jobs' parser of JSON takes.
    if match is None or len(text) > LONGEST:
        raise Invalid(f"{text!r} is no number")
    mantissa, exponent = Decimal(match[1]), int(Decimal(match[2] or 0))
    if not mantissa:
        return Fraction(0)
    sign = -1 if mantissa < 0 else 1
    if mantissa.adjusted() + exponent > 40:
        return Fraction(sign * 10**41)
    if mantissa.adjusted() + exponent < -400:
        return Fraction(sign, 10**400)
    return Fraction(mantissa) * Fraction(10) ** exponent if exponent else Fraction(mantissa)


def number(value: object) -> Fraction:
    """Return the value of a JSON number, or of a text that holds one."""
    if not isinstance(value, str):
        raise Invalid(f"{value!r} is no number")
    return exact(value)


def whole(value: object) -> int:
    """Return an id: a whole number of 64 bits, signed."""
    found = number(value)
    if found.denominator != 1 or not -(2**63) <= found.numerator < 2**63:
        raise Invalid(f"{value!r} is no whole number of 64 bits")
    return found.numerator


def instant(value: object, unit: int = SECOND) -> int:
    """Return an instant in microseconds, rounded half up.

    Args:
        value: A number of units since 1970.
        unit: Microseconds in a unit.
    """
    units = number(value)
    found = (2 * units.numerator * unit + units.denominator) // (2 * units.denominator)
    if not FIRST_INSTANT <= found < LAST_INSTANT:
        raise Invalid(f"{value!r} is no instant from 2000 to 2099")
    return found


def heart_rate(value: object) -> float:
    """Return beats per minute, 20 to 250."""
    if not 20 <= number(value) <= 250:
        raise Invalid(f"{value!r} is no heart rate")
    return float(value)


def mac_address(value: object) -> str:
    """Return a MAC address in lower case."""
    if type(value) is not str or not MAC_ADDRESS.fullmatch(value):
        raise Invalid(f"{value!r} is no MAC address")
    return value.lower()


def word(value: object, *allowed: str) -> str:
    """Return one of the allowed words."""
    if type(value) is not str or value not in allowed:
        raise Invalid(f"{value!r} is none of {allowed}")
    return value


def text_or_none(value: object) -> str | None:
    """Return a JSON string as it is, empty ones included."""
    if value is not None and type(value) is not str:
        raise Invalid(f"{value!r} is no text")
    return value


def zip_or_none(value: object) -> str | None:
    """Return a ZIP code; a JSON number stays as it was written."""
    return str(value) if type(value) is NumberText else text_or_none(value)


def birth_date_or_none(value: object, days_allowed: bool) -> date | None:
    """Return a real date from MM/dd/yyyy, or from days since 1970 where allowed."""
    if value is None:
        return None
    match = MONTH_DAY_YEAR.fullmatch(value) if type(value) is str else None
    try:
        if match:
            return date(int(match[3]), int(match[1]), int(match[2]))
        if days_allowed:
            return date(1970, 1, 1) + timedelta(days=whole(value))
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{value!r} is no real date") from error
    raise Invalid(f"{value!r} is no date")
