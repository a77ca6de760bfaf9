"""Whom a raw record names: the ids and MAC addresses in it, and its instant.

Plain Python, since records are looked at in Spark's workers, in files and in the tables of
``ops_db`` alike. A record that the platform could read names whom its fields name; one that it
could not may name somebody anywhere.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, NamedTuple

USER, DEVICE, PHONE = "user", "device", "phone"

_NUMBER = r"-?[0-9][0-9.eE+-]{0,999}"
# The name of a field, what JSON or CSV may put between it and its value, the value. Quotes are
# escaped where an object is a text in another.
_FIELD = re.compile(
    r"(?<![A-Za-z_])(user_id|device_id)(?![A-Za-z_])[\\\"'\s]{0,16}[:=,][\\\"'\s]{0,16}"
    rf"({_NUMBER})"
)
_ESCAPED = re.compile(r"\\+u([0-9a-fA-F]{4})")
_MAC = re.compile(r"(?<![0-9A-Fa-f:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f:])")
_ANY_NUMBER = re.compile(rf"(?<![0-9A-Za-z_.]){_NUMBER}(?![0-9A-Za-z_])")
_KINDS = {"user_id": USER, "device_id": DEVICE}
_OF_KEYS = {"bpm": DEVICE, "user_info": USER, "workout": USER}
_MICROS = Decimal(1_000_000)


class Mention(NamedTuple):
    """Something that a record names: its kind, and its id as text, each spelled in one way."""

    kind: str
    id: str


def whole(text: str | None) -> str | None:
    """A whole number as its digits, however it is spelled; None where a text is none.

    >>> [whole(text) for text in ("12474", " 1.2474e4", "12474.0", "12.5", "1e99", "", None)]
    ['12474', '12474', '12474', None, None, None, None]
    """
    number = _decimal(text)
    if number is None or (number and number.adjusted() > 18) or number % 1:
        return None
    return str(int(number))


def micros(text: str | None, per_second: int = 1) -> int | None:
    """An instant in microseconds since 1970, to the nearest, halves upwards; None for none.

    >>> [micros(text) for text in ("1.5", "0.0000005", "soon")]
    [1500000, 1, None]
    """
    number = _decimal(text)
    if number is None or number.adjusted() > 18:
        return None
    return int((number * _MICROS / per_second).quantize(Decimal(1), ROUND_HALF_UP))


def _decimal(text: str | None) -> Decimal | None:
    try:
        found = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def in_fields(text: str) -> Iterator[Mention]:
    """What fields of the names of ids have in them, wherever they stand in a text."""
    if "\\u" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    for name, number in _FIELD.findall(text):
        if id_ := _leading(number):
            yield Mention(_KINDS[name], id_)


def in_words(text: str, kinds: Sequence[str] = (USER, DEVICE)) -> Iterator[Mention]:
    """All that a text may name: every MAC address in it, and every number, as each of the kinds."""
    yield from phones(text)
    for number in _ANY_NUMBER.findall(text):
        if id_ := _leading(number):
            yield from (Mention(kind, id_) for kind in kinds)


def phones(text: str) -> Iterator[Mention]:
    """The MAC addresses in a text."""
    return (Mention(PHONE, found.lower()) for found in _MAC.findall(text))


def _leading(number: str) -> str | None:
    """The number that a text begins with: a date or a range goes on after it."""
    if (found := whole(number)) is not None:
        return found
    digits = re.match(r"-?[0-9]+", number)[0]
    return None if number[len(digits) :].startswith((".", "e", "E")) else whole(digits)


def in_key(key: str | None, topic: str | None) -> Iterator[Mention]:
    """What a Kafka key names: by its fields, or as a number of the topic's kind.

    A number of eight bytes, as Java writes it, is bronze's base64 or its text.
    """
    if key is None:
        return
    found = list(in_fields(key))
    yield from found
    if not found and topic in _OF_KEYS:
        numbers = (whole(key.strip().strip('"')), *_as_eight_bytes(key))
        yield from (Mention(_OF_KEYS[topic], each) for each in numbers if each is not None)


def _as_eight_bytes(key: str) -> Iterator[str]:
    for raw in (key.encode(), decoded(key)):
        if raw is not None and len(raw) == 8:
            yield str(int.from_bytes(raw, "big", signed=True))


def decoded(text: str) -> bytes | None:
    """The bytes that a text of base64 stands for; None where it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def readable(value: str | None, encoding: str | None) -> str | None:
    """A value of bronze as text to look through, whatever bytes it was."""
    raw = decoded(value) if value is not None and encoding == "base64" else None
    return value if raw is None else raw.decode("latin-1")


def instant_of(value: str | None, topic: str | None) -> int | None:
    """The instant that a payload gives itself; None where it cannot be read."""
    try:
        event = json.loads(value or "", parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, Mapping):
        return None
    if topic == "bpm":
        return _instant(event, "time")
    if isinstance(event.get("payload"), Mapping):
        event = event["payload"]
    if topic == "user_info" and isinstance(event.get("source"), Mapping):
        return _instant(event["source"], "ts_ms", per_second=1000)
    return _instant(event, "timestamp")


def _instant(fields: Mapping[str, Any], name: str, per_second: int = 1) -> int | None:
    found = fields.get(name)
    return micros(found, per_second) if isinstance(found, str) else None
