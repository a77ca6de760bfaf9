"""Landed CSV files: from bytes to numbered lines to accepted rows, or ``Invalid``."""

import csv
from collections.abc import Iterator, Mapping

from oracle.records import Invalid
from oracle.values import instant, mac_address, whole

# A field may be of any length.
csv.field_size_limit(2**31 - 1)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def numbered_lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, numbered from 1 as they stand in the file."""
    unmarked = content.removeprefix(BYTE_ORDER_MARK)
    for number, line in enumerate(unmarked.split(b"\n"), start=1):
        if line.strip():
            yield number, line.removesuffix(b"\r")


def fields_of(line: bytes) -> list[str]:
    """Split one line, quotes allowed within it."""
    try:
        return next(csv.reader([line.decode("utf-8")]))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("no line of CSV in UTF-8") from error


def by_name(header: bytes, line: bytes) -> dict[str, str]:
    """Return a line's values by the header's names; of repeated names the first."""
    names = [name.strip() for name in fields_of(header)]
    values = fields_of(line)
    if len(values) < len(names):
        raise Invalid("the line is shorter than its header")
    found: dict[str, str] = {}
    for name, value in zip(names, values, strict=False):
        found.setdefault(name, value)
    return found


def registration(sent: Mapping[str, str]) -> tuple:
    """Return (user_id, device_id, mac_address, registration_timestamp)."""
    return (
        whole(sent.get("user_id")),
        whole(sent.get("device_id")),
        mac_address(sent.get("mac_address")),
        instant(sent.get("registration_timestamp")),
    )


def login(sent: Mapping[str, str]) -> tuple:
    """Return (mac_address, gym, login, logout or None)."""
    begin = instant(sent.get("login"))
    end = None if sent.get("logout") == "" else instant(sent.get("logout"))
    if end is not None and end < begin:
        raise Invalid("logout before login")
    return (mac_address(sent.get("mac_address")), whole(sent.get("gym")), begin, end)
