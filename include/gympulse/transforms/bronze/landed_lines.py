"""Lines of landed CSV files, as received. Plain Python: no Spark is needed to read a line."""

import base64
import csv
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

_BOM = b"\xef\xbb\xbf"
# A record is one line, whatever its length; csv's own limit would make a long field an error.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Line:
    """One record of a landed file.

    Attributes:
        number: Line of the file, the header's being 1 where nothing stands before it.
        fields: The wanted columns' texts; None where the line did not fit its header.
        raw: The line as received, where it did not fit.
        encoding: ``base64`` where the line's bytes are not UTF-8, and ``raw`` is so encoded.
        extra: A JSON object of the line's other fields by their names, which are empty beyond
            the header: a text, or a list of texts where several have one name. None without any.
    """

    number: int
    fields: tuple[str, ...] | None
    raw: str | None = None
    encoding: str = "utf-8"
    extra: str | None = None


def landed_lines(content: bytes, columns: Sequence[str]) -> Iterator[Line]:
    """Read the records of a file, going by the names in its header.

    Args:
        content: The file's bytes.
        columns: Names wanted; their order does not matter.

    Yields:
        A line each, in order; blank lines and the header are none. Under a header that
        lacks a column no line fits.
    """
    header: list[str] | None = None
    for number, line in enumerate(content.removeprefix(_BOM).split(b"\n"), start=1):
        line = line.removesuffix(b"\r")
        if not line.strip():
            continue
        text = _decoded(line)
        if header is None:
            header = [name.strip() for name in _split(text or "")]
        elif text is None:
            yield Line(number, None, base64.b64encode(line).decode(), "base64")
        else:
            yield _line(number, text, header, columns)


def _decoded(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None


def _split(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        # A carriage return within a line: it fits no header.
        return []


def _line(number: int, text: str, header: Sequence[str], columns: Sequence[str]) -> Line:
    values = _split(text)
    if len(values) < len(header) or not set(columns) <= set(header):
        return Line(number, None, text)
    places = [header.index(name) for name in columns]
    extra = None
    if len(values) > len(places):
        extra = _extra(values, header, set(places))
    return Line(number, tuple(values[place] for place in places), extra=extra)


def _extra(values: Sequence[str], header: Sequence[str], places: Collection[int]) -> str:
    found: dict[str, list[str]] = {}
    for place, (value, name) in enumerate(zip_longest(values, header, fillvalue="")):
        if place not in places:
            found.setdefault(name, []).append(value)
    # A list only where one is needed: a field can then be read by its name.
    texts = {name: each if len(each) > 1 else each[0] for name, each in found.items()}
    return json.dumps(texts, ensure_ascii=False)
