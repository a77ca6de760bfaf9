"""Ways to write a value: all the valid ones, and many that are not.

A field's value is JSON text (*raw*), so that any spelling can stand in a payload.
"""

import json
from collections.abc import Mapping
from random import Random

from oracle.records import SECOND

EDGES = (
    "946684800",
    "946684799.999999",
    "4102444799.999999",
    "4102444800",
    "1709226000000",
    "-1",
    "0",
)
"""Instants on both sides of the bounds, and one in milliseconds."""
WHOLE_EDGES = (
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "1e400",
    "5e-1",
    "12474.5",
    "9.223372036854775807e18",
)
RATE_EDGES = ("20", "19.999999", "250", "250.000001", "2.5e2", "2500e-1", "0", "-67", "1e400")
NO_NUMBERS = (
    "true",
    "false",
    "null",
    '""',
    '" "',
    '" 12"',
    '"12 "',
    '"abc"',
    '"0x10"',
    '"+1"',
    '"01"',
    '".5"',
    '"1."',
    '"1,5"',
    '"NaN"',
    '"Infinity"',
    '"1_000"',
    "[]",
    "[12]",
    "{}",
    '"true"',
)
NO_JSON = ("NaN", "Infinity", "-Infinity", "01", "+1", ".5", "1.", "'12'", "", "0x10")
NO_WORDS = ("null", '""', '"START"', '"start "', '"New"', "1", "true", "[]", '["start"]', '"pause"')
NO_TEXTS = ("12", "true", "[]", "{}", '["x"]')
NO_BIRTH_DATES = (
    '"02/29/2023"',
    '"2/3/1990"',
    '"13/01/1990"',
    '"00/10/1990"',
    '"01/01/0000"',
    '"1990-01-02"',
    '"01/02/90"',
    '""',
    '" 01/02/1990"',
    "7000.5",
    "-719163",
    "2932897",
    "true",
)
NO_MACS = (
    "",
    "aa:00:00:00:00",
    "aa-00-00-00-00-01",
    "aa:00:00:00:00:0g",
    " aa:00:00:00:00:01",
    "aa:00:00:00:00:01:02",
    "aa0000000001",
    "a:00:00:00:00:01",
)


def whole(rng: Random, value: int) -> str:
    """Write a whole number, mostly plainly."""
    if rng.random() < 0.7:
        return str(value)
    return rng.choice((f'"{value}"', f"{value}.0", f'"{value}.00"', f"{value}0e-1", f'"{value}E0"'))


def decimal_text(value: int, digits: int) -> str:
    """Write a count of ``10 ** -digits`` as a decimal number."""
    units, rest = divmod(value, 10**digits)
    return f"{units}.{rest:0{digits}d}" if rest else str(units)


def instant(rng: Random, microseconds: int) -> str:
    """Write an instant in seconds, also with more digits than are kept."""
    text = decimal_text(microseconds, 6)
    if rng.random() < 0.7:
        return text
    units, rest = divmod(microseconds, SECOND)
    below, rest_below = divmod(microseconds - 1, SECOND)
    return rng.choice(
        (
            f'"{text}"',
            f"{units}.{rest:06d}",
            f"{units}.{rest:06d}4",
            f"{below}.{rest_below:06d}5",
            f"{microseconds}e-6",
            f'"{microseconds}00E-8"',
        )
    )


def text(rng: Random, value: str | None) -> str:
    """Write a JSON string, or null."""
    return json.dumps(value, ensure_ascii=rng.random() < 0.5)


def document(rng: Random, fields: Mapping[str, str]) -> bytes:
    """Write fields as one JSON object, in any order, now and then with unknown ones."""
    pairs = list(fields.items())
    if rng.random() < 0.3:
        rng.shuffle(pairs)
    if rng.random() < 0.2:
        pairs.append(("firmware", rng.choice(('{"build": [1, null]}', '"ß\\u00e9\\n"', "null"))))
    if pairs and rng.random() < 0.05:
        pairs.insert(0, (rng.choice(pairs)[0], rng.choice(NO_NUMBERS)))
    space = rng.choice((" ", " ", "", "\n "))
    body = f",{space}".join(f'"{name}":{space}{raw}' for name, raw in pairs)
    return ("{" + body + "}").encode()


def damaged(rng: Random, value: bytes) -> bytes:
    """Break a payload as a whole."""
    at = rng.randrange(len(value))
    return rng.choice(
        (
            value[:at],
            value[:at] + b"\xff\xfe" + value[at:],
            value + b" x",
            value + value,
            b"[" + value + b"]",
            value + b",",
            b"null",
            b"",
            b"not json",
            b'"text"',
            b"\xc3\x28",
        )
    )
