"""Tables read apart from what serves them, as JSON would have their rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime

import pyarrow as pa
from deltalake import DeltaTable

from gympulse.lake import Lake
from gympulse.model.table import Table
from gympulse.serving.resources import CURVE, RESOURCES

# By path, the tables that are served whole.
SERVED = {each.path: each.table for each in RESOURCES if each is not CURVE}


def table_rows(lake: Lake, table: Table, version: int | None = None) -> list[dict]:
    """All rows of a version of a table, in no order."""
    found = DeltaTable(lake.path(table), version=version).to_pyarrow_table()
    return as_json(pa.table(found).select(list(table.columns)).to_pylist())


def pages(ask: Callable[[str], dict], query: str) -> Iterator[dict]:
    """All pages of a walk, as JSON has them, that begins with a query."""
    following: str | None = query
    while following:
        page = ask(following)
        yield page
        following = page["next"]


def as_json(rows: Iterable[dict]) -> list[dict]:
    """Rows with instants and dates as text."""
    return [{name: _text(value) for name, value in row.items()} for row in rows]


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def in_order(rows: Iterable[dict], order: Sequence[str]) -> list[dict]:
    """Rows sorted by columns, ``-`` before those descending, nulls last either way."""
    found = list(rows)
    for column in reversed(order):
        name = column.removeprefix("-")
        known = [row for row in found if row[name] is not None]
        unknown = [row for row in found if row[name] is None]
        known.sort(key=lambda row, name=name: row[name], reverse=column.startswith("-"))
        found = known + unknown
    return found


def as_sets(rows: Iterable[dict]) -> set[tuple]:
    """Rows without order; lists become what can be compared."""
    return {tuple((k, tuple(v) if isinstance(v, list) else v) for k, v in r.items()) for r in rows}
