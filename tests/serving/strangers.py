"""Rows of answers that their tables do not hold."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from functools import cache

import pyarrow as pa

from gympulse.lake import Lake
from serving.hostile import Asked, Told
from serving.reading import SERVED, as_json, as_sets, table_rows


def strangers(told: Iterable[Told], lake: Lake) -> list[tuple[Asked, object]]:
    """Give the rows of pages that are not in the version of the table that the page names."""

    @cache
    def held(path: str, version: int, is_text: bool) -> set[tuple]:
        rows = table_rows(lake, SERVED[path], version)
        return as_sets(map(_texts, rows) if is_text else rows)

    found = []
    for each in told:
        path = each.asked.path.split("?")[0]
        if each.status == 200 and path in SERVED and each.content:
            is_text = each.headers["content-type"].startswith("text/csv")
            version = int(each.headers["gympulse-versions"].split("=")[1])
            there = held(path, version, is_text)
            found += [(each.asked, row) for row in as_sets(_rows(each)) - there]
    return found


def _rows(told: Told) -> list[dict]:
    kind = told.headers["content-type"]
    if kind.startswith("text/csv"):
        return list(csv.DictReader(io.StringIO(told.text)))
    if kind == "application/json":
        return json.loads(told.content)["rows"]
    return as_json(pa.ipc.open_stream(told.content).read_all().to_pylist())


def _texts(row: Mapping[str, object]) -> dict[str, str]:
    """A row as CSV has it."""
    return {name: _text(value) for name, value in row.items()}


def _text(value: object) -> str:
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"))
    return "" if value is None else str(value)
