"""Lines of archived topics, as Kafka Connect lands them. Plain Python, like landed lines."""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gympulse.transforms.json_objects import members

_BOM = b"\xef\xbb\xbf"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What fits the columns, and a timestamp: the years 1 to 9999.
_PARTITIONS, _OFFSETS, _MILLISECONDS = 2**31, 2**63, (-62_135_596_800_000, 253_402_300_800_000)


@dataclass(frozen=True)
class ArchiveLine:
    """One record of an archive; without a topic, the line is none and is its own value."""

    value: str | None
    encoding: str = "utf-8"
    topic: str | None = None
    key: str | None = None
    partition: int | None = None
    offset: int | None = None
    timestamp: datetime | None = None


def archive_line(line: bytes, topics: Collection[str]) -> ArchiveLine | None:
    """Read a line: a JSON object with at least ``topic`` and ``value``.

    Args:
        line: The line's bytes, without its end.
        topics: Those that the platform knows.

    Returns:
        The record; None for a blank line, which is none. A value that is a text is that text;
        any other is the JSON it was written as, to the letter, so that no digit is lost.
    """
    line = line.removeprefix(_BOM).strip()
    if not line:
        return None
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return ArchiveLine(base64.b64encode(line).decode(), "base64")
    found = _fields(text)
    if found is None or "value" not in found or found.get("topic", ("", ""))[0] not in topics:
        return ArchiveLine(text)
    value, encoding = _payload(*found["value"])
    return ArchiveLine(
        value=value,
        encoding=encoding,
        topic=found["topic"][0],
        key=_payload(*found.get("key", (None, "")))[0],
        partition=_whole(found, "partition", _PARTITIONS),
        offset=_whole(found, "offset", _OFFSETS),
        timestamp=_instant(found),
    )


Fields = Mapping[str, tuple[Any, str]]


def _fields(text: str) -> Fields | None:
    """The fields of a JSON object, each as value and as it was written; None where it is none."""
    found = members(text)
    if found is None:
        return None
    return {each.name: (each.value, text[each.begin : each.end]) for each in found}


def _payload(value: Any, written: str) -> tuple[str | None, str]:
    if value is None:
        return None, "utf-8"
    text = value if isinstance(value, str) else written
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, which no UTF-8 can hold.
        return base64.b64encode(text.encode(errors="surrogatepass")).decode(), "base64"
    return text, "utf-8"


def _whole(found: Fields, name: str, end: int) -> int | None:
    value = found.get(name, (None, ""))[0]
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and -end <= value < end else None


def _instant(found: Fields) -> datetime | None:
    """Kafka's timestamp: epoch milliseconds, or ISO text as some connectors write it."""
    value = found.get("timestamp", (None, ""))[0]
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return None
        return instant.replace(tzinfo=instant.tzinfo or UTC)
    milliseconds = _whole(found, "timestamp", _OFFSETS)
    if milliseconds is None or not _MILLISECONDS[0] <= milliseconds < _MILLISECONDS[1]:
        return None
    return _EPOCH + timedelta(milliseconds=milliseconds)
