"""Rows as JSON, as CSV and as Arrow."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
import pyarrow as pa

Format = Literal["json", "csv", "arrow"]
MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
}


def written(kind: Format, rows: pa.Table, around: Mapping[str, Any]) -> bytes:
    """Give rows in a format; JSON has what is known of them around them."""
    if kind == "csv":
        return _csv(rows)
    if kind == "arrow":
        return _arrow(rows)
    return msgspec.json.encode({**around, "rows": rows.to_pylist()})


def _csv(rows: pa.Table) -> bytes:
    """Header and lines; null is nothing, an instant is in UTC, a list is JSON's."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows.column_names)
    for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        writer.writerow(_cell(value) for value in row)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, (datetime, list)):
        return msgspec.json.encode(value).decode().strip('"')
    return value


def _arrow(rows: pa.Table) -> bytes:
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, rows.schema) as writer:
        writer.write_table(rows)
    return stream.getvalue().to_pybytes()
