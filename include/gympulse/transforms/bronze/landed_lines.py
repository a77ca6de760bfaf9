"""Lines of landed CSV files, as received. Plain Python: no Spark is needed to read a line."""

import base64
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    """

    number: int
    fields: tuple[str, ...] | None
    raw: str | None = None
    encoding: str = "utf-8"


def landed_lines(content: bytes, columns: Sequence[str]) -> Iterator[Line]:
    """Read the records of a file, going by the names in its header.

    Args:
        content: The file's bytes.
        columns: Names wanted; others are ignored, and their order does not matter.

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
            fields = _fitted(_split(text), header, columns)
            yield Line(number, fields, None if fields else text)


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


def _fitted(values: list[str], header: list[str], columns: Sequence[str]) -> tuple[str, ...] | None:
    if len(values) < len(header) or not set(columns) <= set(header):
        return None
    return tuple(values[header.index(name)] for name in columns)
