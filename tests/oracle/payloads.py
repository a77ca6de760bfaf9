"""Kafka payloads: from bytes to accepted rows, or ``Invalid``."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from oracle.records import SECOND, Invalid
from oracle.values import (
    NumberText,
    birth_date_or_none,
    heart_rate,
    instant,
    text_or_none,
    whole,
    word,
    zip_or_none,
)

ADDRESS = ("street_address", "city", "state")
NAMES = ("sex", "gender", "first_name", "last_name")
ACTION_OF = {"c": "new", "r": "new", "u": "update", "d": "delete"}
MILLISECOND = SECOND // 1000


# JSON sets no limits, but every parser has some, against payloads made to exhaust it. A record
# beyond those of the jobs' parser cannot be read at all, whichever field it is: quarantined.
DEEPEST, MOST_DIGITS, LONGEST_NAME = 999, 1000, 50_000
HALF_A_PAIR = re.compile("[\ud800-\udfff]")
_TEXT_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])')


def _no_constant(name: str) -> None:
    raise Invalid(f"{name} is not JSON")


def _number(text: str) -> NumberText:
    if sum(map(str.isdigit, text)) > MOST_DIGITS:
        raise Invalid(f"a number of more than {MOST_DIGITS} digits")
    return NumberText(text)


def _fields(pairs: list[tuple[str, object]]) -> dict:
    if any(len(name) > LONGEST_NAME for name, _ in pairs):
        raise Invalid(f"a name of more than {LONGEST_NAME} characters")
    return dict(pairs)


def _depth(text: str) -> int:
    """Return how deep brackets nest, 0 where they are too few to matter."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    deepest = level = 0
    for bracket in _TEXT_OR_BRACKET.finditer(text):
        level += bool(bracket[1]) - bool(bracket[2])
        deepest = max(deepest, level)
    return deepest


def document(value: bytes) -> dict:
    """Return the one JSON object that the bytes are, numbers as they were written."""
    try:
        text = value.decode("utf-8")
        if _depth(text) > DEEPEST:
            raise Invalid(f"nested more than {DEEPEST} deep")
        with _room_for(DEEPEST):
            found = json.loads(
                text,
                parse_int=_number,
                parse_float=_number,
                parse_constant=_no_constant,
                object_pairs_hook=_fields,
            )
    except ValueError as error:
        raise Invalid("not JSON in UTF-8") from error
    return _object(found)


@contextmanager
def _room_for(levels: int) -> Iterator[None]:
    """Let Python recurse so much deeper than it does by default."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + levels)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _object(value: object) -> dict:
    if not isinstance(value, dict):
        raise Invalid(f"{value!r} is no object")
    return value


def reading(sent: Mapping) -> tuple:
    """Return (device_id, time, heartrate)."""
    return (
        whole(sent.get("device_id")),
        instant(sent.get("time")),
        heart_rate(sent.get("heartrate")),
    )


def workout(sent: Mapping) -> tuple:
    """Return (user_id, workout_id, session_id, action, time)."""
    return (
        whole(sent.get("user_id")),
        whole(sent.get("workout_id")),
        whole(sent.get("session_id")),
        word(sent.get("action"), "start", "stop"),
        instant(sent.get("timestamp")),
    )


def profile_event(sent: Mapping) -> tuple:
    """Return a row of ``user_profile_events`` from any of the three envelopes.

    A text with half of a surrogate pair cannot be written in UTF-8, and the jobs' parser
    takes none in a profile event: it is quarantined as bytes that are not UTF-8 are.
    """
    if any(HALF_A_PAIR.search(text) for text in _texts(sent)):
        raise Invalid("half of a surrogate pair")
    if sent.get("update_type") is not None:
        return _flat_event(sent)
    if "op" in sent:
        return _debezium_event(sent)
    return _debezium_event(_object(sent.get("payload")))


def _texts(sent: object) -> Iterator[str]:
    left = [sent]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            left.extend(value.values() if isinstance(value, dict) else value)


def _flat_event(sent: Mapping) -> tuple:
    address = sent.get("address")
    return (
        whole(sent.get("user_id")),
        instant(sent.get("timestamp")),
        None,
        word(sent["update_type"], "new", "append", "update", "delete"),
        *_profile(sent, {} if address is None else _object(address), days_allowed=False),
    )


def _debezium_event(sent: Mapping) -> tuple:
    action = ACTION_OF[word(sent.get("op"), *ACTION_OF)]
    image = _object(sent.get("before" if action == "delete" else "after"))
    source = _object(sent.get("source"))
    return (
        whole(image.get("user_id")),
        instant(source.get("ts_ms"), unit=MILLISECOND),
        _log_position(source),
        action,
        *_profile(image, image, days_allowed=True),
    )


def _profile(person: Mapping, address: Mapping, days_allowed: bool) -> tuple:
    """Return the nine columns of a profile, in the order of section 3."""
    return (
        birth_date_or_none(person.get("dob"), days_allowed),
        *(text_or_none(person.get(name)) for name in NAMES),
        *(text_or_none(address.get(name)) for name in ADDRESS),
        zip_or_none(address.get("zip")),
    )


def _log_position(source: Mapping) -> str:
    """Return where in the database's log an event stands, '' where it does not say."""
    lsn = source.get("lsn")
    number = None if lsn is None else str(whole(lsn))
    commit = text_or_none(source.get("commit_lsn"))
    change = text_or_none(source.get("change_lsn"))
    if number is not None:
        return number
    return (commit or "") + ("" if change is None else f"/{change}")


def position_rank(log_position: str) -> tuple:
    """Return what orders log positions: each part by length, then by text."""
    commit, _, change = log_position.partition("/")
    return (len(commit), commit, len(change), change)
