"""JSON objects as they were written: where each value stands, and another put in its place.

Plain Python. What is not replaced stays to the letter, so that no digit is lost.
"""

import json
from collections.abc import Sequence
from json.decoder import WHITESPACE
from typing import Any, NamedTuple


class Member(NamedTuple):
    """A field of an object: its name, its value, and where in the text the value stands."""

    name: str
    value: Any
    begin: int
    end: int


def members(text: str) -> list[Member] | None:
    """The fields of a text that is one JSON object, in order; None where it is none.

    Of a name that is repeated all are there; the last counts. Whole numbers that no column
    could hold are texts.
    """
    try:
        begin = _skipped(text, 0)
        found, end = _object(text, begin)
        if _skipped(text, end) != len(text):
            return None
    except (ValueError, StopIteration, IndexError, RecursionError):
        return None
    return found


def texts(text: str) -> dict[str, str | None] | None:
    """The fields of a JSON object as text: texts as they read, all else as it was written.

    Returns:
        By name; null is None. None where the text is no JSON object.
    """
    if (found := members(text)) is None:
        return None
    return {_sendable(each.name): _as_text(each, text) for each in found}


def replaced(text: str, path: Sequence[str], written: str) -> str:
    """An object with one field's value replaced, or added where it is absent.

    Args:
        text: One JSON object.
        path: The field's name, after those of the objects that it is in. Objects that are absent
            or null are made.
        written: The value, as JSON.

    Returns:
        The text; the same where it is no object, where something else than an object is in the
        way, and where the field is absent and the value null.
    """
    found = members(text)
    if found is None:
        return text
    return _replaced(text, found, _skipped(text, 0), path, written)


def _replaced(
    text: str, found: Sequence[Member], begin: int, path: Sequence[str], written: str
) -> str:
    name, *below = path
    present = next((each for each in reversed(found) if each.name == name), None)
    if below and present and isinstance(present.value, dict):
        inner, _ = _object(text, present.begin)
        return _replaced(text, inner, present.begin, below, written)
    if below and present and present.value is not None:
        return text
    if written == "null" and (below or present is None):
        return text
    for each in reversed(below):
        written = f"{{{json.dumps(each, ensure_ascii=False)}: {written}}}"
    if present:
        return text[: present.begin] + written + text[present.end :]
    at = found[-1].end if found else begin + 1
    comma = ", " if found else ""
    return f"{text[:at]}{comma}{json.dumps(name, ensure_ascii=False)}: {written}{text[at:]}"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _whole(digits: str) -> int | str:
    # Python refuses to read thousands of digits; no column holds more than these.
    return int(digits) if len(digits) <= 40 else digits


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_int=_whole)


def _object(text: str, begin: int) -> tuple[list[Member], int]:
    """The fields of the object that begins at a place, and where it ends."""
    if text[begin] != "{":
        raise ValueError("no object")
    found, at = [], _skipped(text, begin + 1)
    while text[at] != "}":
        name, at = _DECODER.scan_once(text, at)
        at = _skipped(text, at)
        if not isinstance(name, str) or text[at] != ":":
            raise ValueError("no field")
        value_at = _skipped(text, at + 1)
        value, at = _DECODER.scan_once(text, value_at)
        found.append(Member(name, value, value_at, at))
        at = _skipped(text, at)
        if text[at] == ",":
            at = _skipped(text, at + 1)
            if text[at] == "}":
                raise ValueError("no field after a comma")
        elif text[at] != "}":
            raise ValueError("no end")
    return found, at + 1


def _skipped(text: str, at: int) -> int:
    return WHITESPACE.match(text, at).end()


def _as_text(member: Member, text: str) -> str | None:
    if member.value is None:
        return None
    is_text = text[member.begin] == '"'
    return _sendable(member.value if is_text else text[member.begin : member.end])


def _sendable(text: str) -> str:
    """Half of a surrogate pair, which no UTF-8 can hold, as a question mark."""
    return text.encode(errors="replace").decode()
